package render

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"os/exec"
	"strings"
	"sync"

	"panther/pkg/sd"
)

const (
	// places is how many tasks run at a time: each page is a process of the
	// browser with some hundred megabytes.
	places = 2
	// maxTask is the largest task or answer that is read: a PDF or a script in
	// base64.
	maxTask = 64 << 20
)

// Server does tasks. Its methods may be called by several goroutines.
type Server struct {
	free chan struct{}

	mu      sync.Mutex
	browser *chromium
}

// NewServer returns a server whose browser starts with the first page.
func NewServer() *Server { return &Server{free: make(chan struct{}, places)} }

// Close ends the browser.
func (s *Server) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.browser != nil {
		s.browser.close()
		s.browser = nil
	}
}

// Serve does the task of one connection and closes it.
func (s *Server) Serve(ctx context.Context, conn net.Conn) {
	ctx, cancel := context.WithTimeout(ctx, scanTime)
	defer cancel()
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
	defer stop()
	w := &lines{enc: json.NewEncoder(conn)}
	dec := json.NewDecoder(&io.LimitedReader{R: conn, N: 4 * maxTask})
	var task message
	if err := dec.Decode(&task); err != nil {
		return // it went away, or speaks something else
	}
	select {
	case s.free <- struct{}{}:
		defer func() { <-s.free }()
	case <-ctx.Done():
		return
	}
	var out message
	err := sd.Guard("render", nil, func() (err error) { out, err = s.do(ctx, task, dec, w); return err })
	if err != nil {
		out = message{Error: err.Error(), Hint: sd.HintOf(err)}
	}
	_ = w.send(out) // a client that went away needs no answer
}

func (s *Server) do(ctx context.Context, task message, dec *json.Decoder, w *lines) (message, error) {
	switch {
	case task.As == scanned:
		text, err := scan(ctx, task.File, task.Languages)
		return message{Text: text}, err
	case task.As != "":
		text, err := readFile(ctx, task.As, task.File)
		return message{Text: text}, err
	}
	if !strings.HasPrefix(task.URL, "http://") && !strings.HasPrefix(task.URL, "https://") {
		return message{}, errors.New("only http and https are rendered")
	}
	b, err := s.start()
	if err != nil {
		return message{}, err
	}
	ctx, cancel := context.WithTimeout(ctx, taskTime)
	defer cancel()
	q := &questions{w: w, waiting: map[int]chan message{}}
	go func() { // ends with the connection
		defer cancel()
		q.read(dec)
	}()
	html, url, err := b.page(ctx, task.URL, q.ask)
	if err != nil && ctx.Err() == nil && b.ended() {
		s.forget(b)
	}
	return message{HTML: html, URL: url}, err
}

// Browsers are the commands of browsers that are looked for, the best first.
var Browsers = []string{"chromium", "chromium-browser", "google-chrome", "chrome"}

// start returns the browser, which is started if there is none.
func (s *Server) start() (*chromium, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.browser != nil && !s.browser.ended() {
		return s.browser, nil
	}
	path := ""
	for _, name := range Browsers {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		return nil, sd.Hint(errors.New("there is no browser"), sd.PackageHint("chromium", "panther-render")+", or set render = \"never\" for the source")
	}
	b, err := startBrowser(path)
	if err != nil {
		return nil, err
	}
	s.browser = b
	return b, nil
}

// forget ends a browser that does not answer, so that the next page gets another.
func (s *Server) forget(b *chromium) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.browser == b {
		s.browser = nil
	}
	b.close()
}

// questions are the fetches of one page that wait for the crawler.
type questions struct {
	w       *lines
	mu      sync.Mutex
	last    int
	waiting map[int]chan message
}

func (q *questions) read(dec *json.Decoder) {
	for {
		var m message
		if dec.Decode(&m) != nil {
			return
		}
		q.mu.Lock()
		c := q.waiting[m.ID]
		delete(q.waiting, m.ID)
		q.mu.Unlock()
		if c != nil {
			c <- m
		}
	}
}

// ask has the crawler fetch an address.
func (q *questions) ask(ctx context.Context, url string) (message, error) {
	c := make(chan message, 1)
	q.mu.Lock()
	q.last++
	id := q.last
	q.waiting[id] = c
	q.mu.Unlock()
	if err := q.w.send(message{ID: id, Fetch: url}); err != nil {
		return message{}, err
	}
	select {
	case m := <-c:
		if m.Error != "" {
			return m, errors.New(m.Error)
		}
		return m, nil
	case <-ctx.Done():
		return message{}, ctx.Err()
	}
}
