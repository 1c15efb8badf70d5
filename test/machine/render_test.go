package machine

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"panther/pkg/knowledge"
)

const (
	// appSite is at a public address, as far as this machine can tell: its source
	// has no leave to ask private ones. The script is slow, so that there is time
	// to look at the browser.
	appSite = `server {
    listen 93.184.216.34:80;
    root /srv/app;
    location /slow/ { alias /srv/app/; limit_rate 20k; }
}
`
	// secretSite is at an address of this machine, and any page may read it that
	// gets there.
	secretSite = `server {
    listen 127.0.0.1:8099;
    root /srv/secret;
    access_log /var/log/nginx/secret.log;
    add_header Access-Control-Allow-Origin *;
}
`
	appPage = `<!doctype html><html><head><title>App</title></head><body><noscript>You need to enable JavaScript.</noscript>
<div id="root"></div><script src="/app.js"></script></body></html>
`
	appScript = `const root = document.getElementById('root');
const add = t => { root.innerHTML += '<p>' + t + '</p>'; };
root.innerHTML = '<h1>The rendered guide</h1>';
add('Only a script writes how the wombat is fed. '.repeat(12));
fetch('/slow/filler.txt').then(() => add('The filler has come.'));
for (const u of ['http://127.0.0.1:8099/secret.txt', 'http://169.254.169.254/latest/meta-data/', 'http://[::ffff:127.0.0.1]:8099/secret.txt'])
  fetch(u).then(r => r.text()).then(t => add('reached: ' + t)).catch(() => add('refused: ' + u));
`
	appConfig = `version = 1

[[source]]
name = "app"
url = "http://93.184.216.34/"
render = "auto"

[[source]]
name = "papers"
kind = "files"
path = "/srv/papers"
`
	// paper is the smallest PDF file with two lines of text.
	paper = "%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[3 0 R]/Count 1>>endobj\n" +
		"3 0 obj<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>endobj\n" +
		"4 0 obj<</Length 72>>stream\nBT /F 12 Tf 20 150 Td (The first line) Tj 0 -14 Td (and the second) Tj ET\nendstream endobj\n" +
		"5 0 obj<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>endobj\ntrailer<</Root 1 0 R/Size 6>>\n%%EOF\n"
)

// rendered crawls a page that is empty until its script ran, and a PDF file: a
// browser and a reader do the work in a unit without network, and what the
// page's script asks of this machine is refused.
func rendered(t *testing.T) {
	config, err := os.ReadFile(box.root + crawlConfig)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		box.write(t, crawlConfig, string(config))
		box.run(t, "rm", "/etc/nginx/sites-enabled/app", "/etc/nginx/sites-enabled/secret")
		box.run(t, "ip", "address", "delete", "93.184.216.34/32", "dev", "lo")
		box.run(t, "systemctl", "restart", "nginx.service")
		for _, s := range []string{"app", "papers"} {
			_ = box.knowledge(t).DeleteSource(t.Context(), s)
		}
	})
	box.run(t, "ip", "address", "add", "93.184.216.34/32", "dev", "lo")
	for path, text := range map[string]string{"/srv/app/index.html": appPage, "/srv/app/app.js": appScript, "/srv/app/filler.txt": strings.Repeat("filler\n", 6000),
		"/srv/secret/secret.txt": canary, "/srv/papers/paper.pdf": paper, "/etc/nginx/sites-enabled/app": appSite, "/etc/nginx/sites-enabled/secret": secretSite, crawlConfig: appConfig} {
		box.write(t, path, text)
	}
	box.run(t, "systemctl", "restart", "nginx.service")
	box.run(t, "systemctl", "start", "--no-block", "panther-crawl@app.service")
	var browser []string
	eventually(t, time.Minute, "a browser runs in the renderer's unit", func() bool {
		browser = processes(t, "panther-render.service", "chromium")
		return len(browser) > 1
	})
	sandboxOf(t, browser[len(browser)-1])
	eventually(t, time.Minute, "the crawl has ended", func() bool {
		return box.show(t, "panther-crawl@app.service", "ActiveState") == "inactive"
	})
	d, err := box.knowledge(t).Document(t.Context(), "http://93.184.216.34/")
	if err != nil || !strings.Contains(d.Markdown, "The rendered guide") || !strings.Contains(d.Markdown, "the wombat is fed") ||
		!strings.Contains(d.Markdown, "The filler has come") || strings.Count(d.Markdown, "refused: ") != 3 || strings.Contains(d.Markdown, "reached") {
		t.Errorf("the page is %v:\n%s", err, text(d))
	}
	if log, _ := os.ReadFile(box.root + "/var/log/nginx/secret.log"); len(log) > 0 {
		t.Errorf("this machine was asked: %s", log)
	}
	box.run(t, "systemctl", "start", "panther-crawl@papers.service")
	if d, err := box.knowledge(t).Document(t.Context(), "file:///srv/papers/paper.pdf"); err != nil || !strings.Contains(d.Markdown, "The first line") {
		t.Errorf("the paper is %v:\n%s", err, text(d))
	}
}

func text(d *knowledge.Document) string {
	if d == nil {
		return ""
	}
	return d.Markdown
}

// processes returns those of a unit whose program has a name, as the machine
// numbers them.
func processes(t *testing.T, unit, program string) (pids []string) {
	t.Helper()
	group := box.show(t, unit, "ControlGroup")
	out, _ := box.try("cat", "/sys/fs/cgroup"+group+"/cgroup.procs") // it may not be there yet
	for _, pid := range strings.Fields(out) {
		if exe, err := os.Readlink(filepath.Join(box.root, "proc", pid, "exe")); err == nil && filepath.Base(exe) == program {
			pids = append(pids, pid)
		}
	}
	return pids
}

// sandboxOf holds that a process has no network, no rights and no way to get
// any.
func sandboxOf(t *testing.T, pid string) {
	t.Helper()
	proc := filepath.Join(box.root, "proc", pid)
	b, err := os.ReadFile(filepath.Join(proc, "status"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`CapEff:\s+0+\n`, `CapBnd:\s+0+\n`, `NoNewPrivs:\s+1\n`, `Seccomp:\s+2\n`, `(?m)^Uid:\s+[1-9]`} {
		if !regexp.MustCompile(want).Match(b) {
			t.Errorf("/proc/%s/status of the browser does not match %s:\n%s", pid, want, b)
		}
	}
	if sameNetwork(t, proc) {
		t.Error("the browser is in the machine's network")
	}
}
