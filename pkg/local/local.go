package local

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
	"golang.org/x/sys/unix"

	"panther/pkg/config"
	"panther/pkg/crawl"
	crawlcontrol "panther/pkg/crawl/control"
	"panther/pkg/sd"
)

// DefaultListen is where the API listens unless another address is asked for or
// the port is taken.
const DefaultListen = "127.0.0.1:8080"

// Options says how to run. The zero value runs in Dir with the files of
// ConfigDir.
type Options struct {
	Dir    string       // private folder; "" means Dir()
	Config string       // folder of the configuration files; "" means config in Dir, or ConfigDir() without one
	Listen string       // TCP address of the API; "" means DefaultListen or else a free port
	Log    *slog.Logger // nil discards
	Ready  func(Status) // called once, when every service can be used
}

// instance is one running local Panther.
type instance struct {
	opt     Options
	started time.Time
	stop    context.CancelFunc
	listen  string

	ctx context.Context // of the whole; ends when it is to stop

	jobs sync.WaitGroup // crawls

	mu       sync.Mutex
	services []*service                    // in the order of their start
	job      *job                          // the crawl that runs, or nil
	wanted   map[string]context.CancelFunc // visits that were asked for, by source
	visits   map[string]Progress           // the last of each source
}

// Run runs the services of a folder until ctx ends, then stops them in the
// reverse order of their start. It returns at once, with a hint, if another
// process runs the folder.
func Run(ctx context.Context, opt Options) error {
	switch {
	case opt.Dir == "":
		opt.Dir, opt.Config = Dir(), or(opt.Config, ConfigDir())
	case opt.Config == "":
		opt.Config = filepath.Join(opt.Dir, "config")
	}
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	var err error
	if opt.Dir, err = filepath.Abs(opt.Dir); err != nil {
		return fmt.Errorf("find folder: %w", err)
	}
	unlock, err := lock(opt.Dir)
	if err != nil {
		return err
	}
	defer unlock()
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	i := &instance{opt: opt, started: time.Now(), ctx: ctx, stop: stop, wanted: map[string]context.CancelFunc{}, visits: map[string]Progress{}}
	return i.run(ctx)
}

func (i *instance) run(ctx context.Context) error {
	parts, err := i.parts()
	if err != nil {
		return err
	}
	control, err := sd.Local("panther", i.opt.Dir, i.opt.Log)
	if err != nil {
		return err
	}
	ln, err := control.Listener(ControlSocket, "")
	if err != nil {
		return err
	}
	crawler, err := control.Listener(crawl.Name, "")
	if err != nil {
		return err
	}
	// The control socket serves to the very end, so that a client that asked to
	// stop sees when it is done.
	serving, endServing := context.WithCancel(context.WithoutCancel(ctx))
	var served errgroup.Group
	served.Go(func() error { return sd.ServeHTTP(serving, i.handler(ctx), ln) })
	served.Go(func() error { return sd.ServeHTTP(serving, crawlcontrol.Handler(i.desk()), crawler) })

	fatal := make(chan error, len(parts))
	for _, p := range parts {
		s := startService(i.opt.Log, p, fatal)
		i.mu.Lock()
		i.services = append(i.services, s)
		i.mu.Unlock()
	}
	scheduler, endScheduler := context.WithCancel(ctx)
	var background errgroup.Group
	background.Go(func() error { i.announce(scheduler); return nil })
	background.Go(func() error { i.schedule(scheduler); return nil })

	var failure error
	select {
	case <-ctx.Done():
	case failure = <-fatal:
	}
	i.stop()
	endScheduler()
	_ = background.Wait()
	i.jobs.Wait() // a crawl ends before what it speaks to
	for n := len(i.services) - 1; n >= 0; n-- {
		i.services[n].end()
	}
	endServing()
	return errors.Join(failure, served.Wait())
}

// announce calls Ready when every service is.
func (i *instance) announce(ctx context.Context) {
	for _, s := range i.services {
		select {
		case <-s.firstReady:
		case <-ctx.Done():
			return
		}
	}
	if i.opt.Ready != nil {
		i.opt.Ready(i.status())
	}
}

func (i *instance) status() Status {
	st := Status{PID: os.Getpid(), Version: sd.BuildVersion(), Started: i.started, Folder: i.opt.Dir,
		Config: i.opt.Config, Address: "http://" + i.listen, Memory: resident()}
	i.mu.Lock()
	defer i.mu.Unlock()
	st.Crawling = i.job != nil
	for _, s := range i.services {
		st.Services = append(st.Services, s.snapshot())
	}
	return st
}

// load reads the configuration file of a service into c, over its defaults; a
// missing file is none.
func (i *instance) load(name string, c config.Validator) error {
	path := filepath.Join(i.opt.Config, name+".toml")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return c.Validate()
	}
	return config.Load(path, c)
}

// errNoSources is the answer to a crawl without anything to visit.
var errNoSources = sd.Hint(errors.New("there are no sources"), "add one with: panther sources add URL-or-folder")

func or(s, fallback string) string {
	if s == "" {
		return fallback
	}
	return s
}

// refused says in words why an address cannot be listened at.
func refused(addr string, err error) error {
	what := ""
	switch {
	case errors.Is(err, unix.EADDRINUSE):
		what = "another program listens there"
	case errors.Is(err, unix.EADDRNOTAVAIL):
		what = "this machine does not have that address"
	case errors.Is(err, unix.EACCES):
		what = "ports below 1024 are for root"
	default:
		return fmt.Errorf("listen at %s: %w", addr, err)
	}
	return &inWords{"cannot listen at " + addr + ": " + what, err}
}

// inWords is an error that is told in words of its own.
type inWords struct {
	text string
	err  error
}

func (e *inWords) Error() string { return e.text }
func (e *inWords) Unwrap() error { return e.err }

// freeAddress returns the address to listen at. Only the default one gives way
// to another port where it is taken.
func freeAddress(want string) (string, error) {
	addr := want
	if addr == "" {
		addr = DefaultListen
	}
	ln, err := net.Listen("tcp", addr)
	if err != nil && want == "" {
		ln, err = net.Listen("tcp", "127.0.0.1:0")
	}
	if err != nil {
		return "", sd.Hint(refused(addr, err), "choose another address with --listen, for example 127.0.0.1:0 for any free port")
	}
	defer ln.Close()
	return ln.Addr().String(), nil
}
