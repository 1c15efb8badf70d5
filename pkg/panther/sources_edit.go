package panther

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"panther/pkg/commandline"
	"panther/pkg/config"
	"panther/pkg/crawl"
	"panther/pkg/crawl/source"
	"panther/pkg/edition"
	"panther/pkg/knowledge"
	"panther/pkg/local"
	"panther/pkg/sd"
	"panther/pkg/terminal"
)

func (a *app) addSourceCommand() *cobra.Command {
	var s source.Source
	var asJSON, offline bool
	cmd := &cobra.Command{
		Use: "add URL|FOLDER|FILE", SuggestFor: []string{"new", "create"}, Short: "Add a source",
		Long: "Add a web site, a folder or a file to what is crawled, after a look at it, which says what was recognised. The source is a\n" +
			"table in panther-crawl.toml, where more can be set, also by: panther sources edit;\n" +
			"it is visited daily at 02:00 unless --schedule says otherwise, and at once by: panther crawl NAME",
		Example: "  panther sources add https://www.postgresql.org/docs/17/\n  panther sources add ~/notes --name notes --schedule '0 * * * *'",
		Args:    commandline.Between(1, 1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.addSource(cmd, args[0], s, offline, asJSON)
		},
	}
	fl := cmd.Flags()
	fl.StringVar(&s.Name, "name", "", "`name` of the source (made from the address otherwise)")
	fl.StringVar(&s.Schedule, "schedule", "", "when to visit it, as a `cron` expression")
	fl.StringSliceVar(&s.Tags, "tag", nil, "give its documents this `tag` (may be repeated)")
	fl.StringVar(&s.Version, "version", "", "the `version` of what it is about, where its pages and addresses do not say it")
	fl.StringVar(&s.Versions, "versions", "", versionsUsage)
	fl.BoolVar(&s.AllowPrivate, "allow-private", false, "it is on this machine or a private network")
	fl.BoolVar(&s.Code, "code", false, "read source code too, of a folder or a repository")
	fl.BoolVar(&offline, "offline", false, "judge by the address alone, without a look at it")
	jsonFlag(cmd, &asJSON)
	return cmd
}

// versionsUsage explains the setting of a source.
const versionsUsage = "which `versions` to visit where it has the same pages in several: newest, all, or how many; newest+pre takes what is not released too"

// samples is how many titles a new source is shown with.
const samples = 3

func (a *app) addSource(cmd *cobra.Command, place string, flags source.Source, offline, asJSON bool) error {
	s, err := crawl.Guess(place)
	if err != nil {
		return err
	}
	s.Name = or(flags.Name, s.Name)
	s.Schedule, s.Tags, s.Version, s.Versions = flags.Schedule, flags.Tags, flags.Version, flags.Versions
	s.Code = s.Code || flags.Code
	s.AllowPrivate = flags.AllowPrivate || s.Kind == source.Web && private(s.URL)
	if !offline {
		if s, err = crawl.Look(cmd.Context(), s); err != nil {
			var dns *net.DNSError
			if errors.As(err, &dns) {
				return sd.Hint(fmt.Errorf("the host %s does not resolve", dns.Name), "correct the address; where it is right, and the network is away: --offline")
			}
			a.errOut.Printf("note: only its address was judged: %s\n", terminal.Clean(err.Error()))
		}
	}
	t, err := a.find()
	dir := local.ConfigDir()
	if err == nil {
		dir, err = t.configDir()
	} else if a.socket == "" {
		t, err = nil, nil // nothing runs yet: prepare the local one
	}
	if err != nil {
		return err
	}
	path := local.SourcesFile(dir)
	old, err := sameSource(path, s)
	if err != nil {
		return err
	}
	if old != "" {
		s.Name = old
	} else if err := crawl.Add(path, s); err != nil {
		return writable(err, place)
	}
	if t != nil && old == "" {
		a.register(cmd, t, s.Complete())
	}
	if asJSON {
		return writeJSON(a.out, addedJSON{s.Name, s.Kind, s.Location(), path, old == ""})
	}
	if old != "" {
		a.out.Printf("%s is in %s already\n", a.out.Paint(terminal.Strong, s.Name), home(path))
		if args := editArguments(cmd); args != "" {
			a.out.Printf("to change it: panther sources edit %s%s\n", s.Name, args)
		}
		return nil
	}
	if v := edition.Of(s.URL+"/", "").Version; v != "" && s.Versions != "" && s.Kind == source.Web {
		a.errOut.Printf("note: its address is that of version %s, and what lies below it; for others too, add the address above it\n", terminal.Clean(v))
	}
	a.out.Printf("added %s (%s) to %s\n", a.out.Paint(terminal.Strong, s.Name), s.Kind, home(path))
	if !offline {
		a.showSamples(cmd, s)
	}
	if t == nil {
		a.out.Printf("start Panther with: panther local; then visit it with: panther crawl %s\n", s.Name)
	} else {
		a.out.Printf("visit it now with: panther crawl %s\n", s.Name)
	}
	return nil
}

// showSamples says what the first pages of a new source are, or that there are
// none.
func (a *app) showSamples(cmd *cobra.Command, s source.Source) {
	pages, err := crawl.Sample(cmd.Context(), s, samples)
	switch {
	case err != nil:
		a.errOut.Printf("note: its first pages could not be read: %s\n", oneLine(err.Error()))
	case len(pages) == 0 && s.Kind != source.Git && s.Kind != source.Confluence:
		a.errOut.Printf("note: no document was found in it\n")
	}
	for _, p := range pages {
		a.out.Printf("  %s\n", terminal.Clean(p.Title))
	}
}

// editArguments are the flags of an add as those of an edit.
func editArguments(cmd *cobra.Command) string {
	out := ""
	for _, name := range []string{"schedule", "tag", "versions", "allow-private", "code"} {
		f := cmd.Flags().Lookup(name)
		switch {
		case !f.Changed:
		case name == "schedule":
			out += " --schedule '" + f.Value.String() + "'"
		case name == "versions":
			out += " --versions " + f.Value.String()
		case name == "tag":
			out += " --tag " + strings.Trim(f.Value.String(), "[]")
		default:
			out += " --" + name
		}
	}
	return out
}

// addedJSON is what `panther sources add --json` prints.
type addedJSON struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Location string `json:"location"`
	File     string `json:"file"`
	Added    bool   `json:"added"` // false: it was there already
}

// sameSource returns the name of a configured source at the same place, or "".
func sameSource(path string, s source.Source) (string, error) {
	if !exists(path) {
		return "", nil
	}
	cfg := crawl.Default()
	if err := config.Load(path, &cfg); err != nil {
		return "", err
	}
	for _, o := range cfg.Sources {
		if o = o.Complete(); o.Kind == s.Kind && o.Location() == s.Location() {
			return o.Name, nil
		}
	}
	return "", nil
}

// register lists the source in agentdb before its first visit; the crawler does
// it again, so a failure is only a later sight of it.
func (a *app) register(cmd *cobra.Command, t *target, s source.Source) {
	k := t.agentdb()
	defer k.Close()
	now := time.Now().UTC()
	err := k.PutSource(cmd.Context(), knowledge.Source{Name: s.Name, Kind: s.Kind, Location: s.Location(),
		Schedule: s.Schedule, Tags: s.Tags, NextRun: &now})
	if err != nil {
		a.errOut.Printf("note: it is listed after its first visit (%s)\n", terminal.Clean(err.Error()))
	}
}

// configDir is where the configuration files of a target are.
func (t *target) configDir() (string, error) {
	switch t.kind {
	case "server":
		return configFolder(t), nil
	case "local":
		c, err := local.Dial(t.dir)
		if err != nil {
			return local.ConfigDir(), nil
		}
		defer c.Close()
		ctx, cancel := within(answerWithin)
		defer cancel()
		s, err := c.Status(ctx)
		if err != nil {
			return "", err
		}
		return s.Config, nil
	}
	return "", sd.Hint(errors.New("sources cannot be changed through a socket"), "run it where Panther runs: on the server, or next to panther local")
}

// writable adds a hint to a configuration that only root may change.
func writable(err error, what string) error {
	if errors.Is(err, fs.ErrPermission) {
		return sd.Hint(err, "only root may change the server's sources: sudo panther sources … "+what)
	}
	return err
}

// private reports whether an address is on this machine or a private network as
// far as it says so itself. Who types such an address means it.
func private(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	if u.Hostname() == "localhost" {
		return true
	}
	ip := net.ParseIP(u.Hostname())
	return ip != nil && (ip.IsLoopback() || ip.IsPrivate())
}
