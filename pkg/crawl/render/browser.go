package render

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

const (
	// pageTime is how long a page may take to become quiet; what it has then
	// is taken.
	pageTime = 20 * time.Second
	// quiet is how long nothing must be asked for.
	quiet = 500 * time.Millisecond
	// maxAsked is how many addresses one page may ask for: real ones stay below
	// 200 without images.
	maxAsked = 400
	// maxHTML is the size of a DOM that is taken.
	maxHTML = 16 << 20
)

// chromium is a running Chromium. It has a profile of its own that is thrown
// away, and each page a context of its own in it.
type chromium struct {
	ctx    context.Context
	cancel func()
}

// startBrowser starts it with flags beyond chromedp's own. The sandbox of Chromium needs
// namespaces, which the unit does not give: the unit is the sandbox. Names
// resolve to nothing and the proxy is a closed port, should a request ever get
// past Fetch, which holds all of them.
func startBrowser(path string) (*chromium, error) {
	dir, err := os.MkdirTemp("", "panther-render-")
	if err != nil {
		return nil, fmt.Errorf("make profile folder: %w", err)
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.UserDataDir(dir), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.NoInheritEnv, chromedp.Env("HOME="+dir, "TMPDIR="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir, "DBUS_SESSION_BUS_ADDRESS=disabled:", "PATH="+os.Getenv("PATH")),
		chromedp.Flag("host-resolver-rules", "MAP * ~NOTFOUND"),
		chromedp.ProxyServer("http://127.0.0.1:9"), chromedp.Flag("proxy-bypass-list", "<-loopback>"), chromedp.Flag("disable-component-update", true),
		// What is asked of a page by http is not there by https, or the crawler
		// would have been sent to it.
		chromedp.Flag("disable-features", "Translate,BlinkGenPropertyTrees,HttpsUpgrades,HttpsFirstBalancedMode,HttpsFirstBalancedModeAutoEnable"),
		chromedp.Flag("disable-crash-reporter", true), chromedp.Flag("no-zygote", true), chromedp.Flag("disable-file-system", true))
	actx, acancel := chromedp.NewExecAllocator(context.Background(), opts...)
	ctx, cancel := chromedp.NewContext(actx)
	c := &chromium{ctx: ctx, cancel: func() { cancel(); acancel(); _ = os.RemoveAll(dir) }}
	if err := chromedp.Do(ctx); err != nil {
		c.cancel()
		// It says more, in as many lines as it likes.
		line := strings.Join(strings.Fields(err.Error()), " ")
		return nil, fmt.Errorf("start %s: %s", path, line[:min(len(line), 300)])
	}
	return c, nil
}

func (c *chromium) ended() bool { return c.ctx.Err() != nil }
func (c *chromium) close()      { c.cancel() }

// idle are kinds of request whose answer changes no text.
var idle = map[network.ResourceType]bool{network.ResourceTypeImage: true, network.ResourceTypeMedia: true, network.ResourceTypeFont: true,
	network.ResourceTypePing: true, network.ResourceTypePrefetch: true, network.ResourceTypeManifest: true, network.ResourceTypeWebSocket: true,
	network.ResourceTypeCSPViolationReport: true, network.ResourceTypeEventSource: true}

// tab is one page that is being rendered.
type tab struct {
	ctx    context.Context
	target *chromedp.Target
	ask    func(ctx context.Context, url string) (message, error)

	mu      sync.Mutex
	asked   int
	open    int
	refused error         // why the page itself was not to be had
	changed chan struct{} // something was asked for or answered
}

// page renders one page.
func (c *chromium) page(ctx context.Context, url string, ask func(context.Context, string) (message, error)) (html, final string, err error) {
	tctx, cancel := chromedp.NewContext(c.ctx, chromedp.WithNewBrowserContext())
	defer cancel()
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	t := &tab{ctx: tctx, ask: ask, changed: make(chan struct{}, 1)}
	err = chromedp.Do(tctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		t.target = target
		if err := chromedp.Listen(tctx, t.event); err != nil {
			return err
		}
		_, err := cdp.Call(ctx, target, fetch.Enable, fetch.EnableParams{Patterns: []*fetch.RequestPattern{{URLPattern: "*"}}})
		if err != nil {
			return err
		}
		r, err := cdp.Call(ctx, target, page.Navigate, page.NavigateParams{URL: url})
		if err == nil && r.ErrorText != "" {
			err = t.reason(r.ErrorText)
		}
		if err != nil {
			return err
		}
		return t.settle(ctx)
	}))
	if err == nil {
		html, err = chromedp.Run(tctx, chromedp.Evaluate[string](`document.documentElement.outerHTML`))
	}
	if err == nil {
		final, err = chromedp.Run(tctx, chromedp.Evaluate[string](`location.href`))
	}
	if err != nil {
		return "", "", fmt.Errorf("browser: %w", err)
	}
	if len(html) > maxHTML {
		return "", "", fmt.Errorf("rendered page of %d bytes is too large", len(html))
	}
	return html, final, nil
}

// event handles what the browser tells of the page. It must not wait.
func (t *tab) event(ev any) {
	switch e := ev.(type) {
	case *fetch.EventRequestPaused:
		t.mu.Lock()
		t.asked++
		t.open++
		over := t.asked > maxAsked
		t.mu.Unlock()
		t.touch()
		go func() { // ends with the tab
			t.resolve(e, over)
			t.mu.Lock()
			t.open--
			t.mu.Unlock()
			t.touch()
		}()
	case *page.EventJavascriptDialogOpening:
		go func() {
			_, _ = cdp.Call(t.ctx, t.target, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{})
		}()
	}
}

// reason is why the page did not come: what the crawler said, before what the
// browser makes of it.
func (t *tab) reason(text string) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.refused != nil {
		return t.refused
	}
	return errors.New(text)
}

func (t *tab) touch() {
	select {
	case t.changed <- struct{}{}:
	default:
	}
}

// resolve has the crawler fetch what the page asks for, or refuses it. A page
// that is read sends nothing: only GET goes through.
func (t *tab) resolve(e *fetch.EventRequestPaused, over bool) {
	refuse := func() {
		_, _ = cdp.Call(t.ctx, t.target, fetch.FailRequest, fetch.FailRequestParams{RequestID: e.RequestID, ErrorReason: network.ErrorReasonBlockedByClient})
	}
	if over || idle[e.ResourceType] || e.Request.Method != http.MethodGet || !strings.HasPrefix(e.Request.URL, "http") {
		refuse()
		return
	}
	m, err := t.ask(t.ctx, e.Request.URL)
	if err != nil || m.Status < 200 {
		if err != nil && e.ResourceType == network.ResourceTypeDocument {
			t.mu.Lock()
			t.refused = err
			t.mu.Unlock()
		}
		refuse()
		return
	}
	p := fetch.FulfillRequestParams{RequestID: e.RequestID, ResponseCode: int64(m.Status), Body: m.Body}
	for k, vs := range m.Header {
		switch k {
		case "Content-Encoding", "Content-Length", "Transfer-Encoding", "Set-Cookie", "Strict-Transport-Security", "Alt-Svc":
			continue
		}
		for _, v := range vs {
			p.ResponseHeaders = append(p.ResponseHeaders, &fetch.HeaderEntry{Name: k, Value: v})
		}
	}
	_, _ = cdp.Call(t.ctx, t.target, fetch.FulfillRequest, p) // a page that went on waits for it no more
}

// settle waits until the page asks for nothing for a while, or takes too long.
func (t *tab) settle(ctx context.Context) error {
	limit := time.NewTimer(pageTime)
	defer limit.Stop()
	still := time.NewTimer(quiet)
	defer still.Stop()
	for {
		select {
		case <-t.changed:
			still.Reset(quiet)
		case <-still.C:
			t.mu.Lock()
			open := t.open
			t.mu.Unlock()
			if open == 0 {
				return nil
			}
			still.Reset(quiet)
		case <-limit.C:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
