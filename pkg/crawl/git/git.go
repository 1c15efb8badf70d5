// Package git visits a Git repository, remote or local: the documents of one
// ref, each identified by its blob, so that only files that changed are read.
//
// It runs the git command, over a bare repository of depth one in the state
// folder that can be removed at any time. Nothing of the repository is checked
// out or executed: no hooks, no filters, no submodules, and no configuration
// but ours. A host is resolved and checked here, and git is told to connect to
// that very address.
package git

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"

	"panther/pkg/crawl/fetch"
	"panther/pkg/crawl/render"
	"panther/pkg/crawl/source"
	"panther/pkg/crawl/text"
	"panther/pkg/crawl/visit"
	"panther/pkg/sd"

	"github.com/bmatcuk/doublestar/v4"
)

// Repository visits one git source.
type Repository struct {
	src      source.Source
	dir      string // bare repository
	secret   string // token or password, "" for none
	programs *render.Client
	config   string // the only configuration that git reads
	origin   string // of a remote repository
	auth     string // the header that it gets, "" for none
	all      map[string]file
	tree     *text.Tree
}

// New returns the visitor of a source. state is a folder for its objects;
// secret is the token, or the password of the source's user.
func New(src source.Source, state, secret string) *Repository {
	return &Repository{src: src, dir: filepath.Join(state, src.Name+".git"), secret: secret, programs: render.NewClient(render.DefaultSocket)}
}

// Visit visits the whole tree of the ref.
func (r *Repository) Visit(ctx context.Context, v *visit.Visit) error {
	done, err := r.open(ctx)
	if err != nil {
		return err
	}
	defer done()
	if err := r.fetch(ctx); err != nil {
		return fmt.Errorf("%w: %w", visit.ErrSource, explain(err))
	}
	files, err := r.list(ctx, v.Skip)
	if err != nil {
		return err
	}
	var packages [][]file
	if r.src.DocComments {
		packages = goPackages(files)
	}
	next := func(context.Context) (*visit.Item, error) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		for len(files) > 0 {
			f := files[0]
			if files = files[1:]; r.src.Code || !text.IsGo(f.name) {
				return r.item(f), nil
			}
		}
		if len(packages) == 0 {
			return nil, nil
		}
		p := packages[0]
		packages = packages[1:]
		return r.packageItem(p), nil
	}
	return v.List(ctx, next, func() bool { return true })
}

// goPackages groups the Go files by their folder.
func goPackages(files []file) [][]file {
	var out [][]file
	at := map[string]int{}
	for _, f := range files {
		if !text.IsGo(f.name) {
			continue
		}
		dir := path.Dir(f.name)
		i, ok := at[dir]
		if !ok {
			i = len(out)
			at[dir] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], f)
	}
	return out
}

// packageItem is a Go package, known by the blobs of all of its files.
func (r *Repository) packageItem(files []file) *visit.Item {
	sum := sha256.New()
	total := int64(0)
	for _, f := range files {
		fmt.Fprintf(sum, "%s %s\n", f.blob, f.name)
		total += f.size
	}
	it := &visit.Item{URI: r.folderURI(path.Dir(files[0].name)), Version: text.Format + "-" + hex.EncodeToString(sum.Sum(nil)[:12])}
	it.Load = func(ctx context.Context) (visit.Page, error) {
		if total > int64(r.src.MaxPageSize) {
			return visit.Page{}, errTooLarge
		}
		bodies := make(map[string][]byte, len(files))
		for _, f := range files {
			body, err := r.run(ctx, "cat-file", "blob", f.blob)
			if err != nil {
				return visit.Page{}, err
			}
			bodies[f.name] = body
		}
		return text.GoPackage(it.URI, bodies)
	}
	return it
}

// folderURI is where people find a folder.
func (r *Repository) folderURI(name string) string {
	uri := strings.TrimSuffix(r.uri(name), "/.")
	for _, forge := range []string{"/-/blob/", "/blob/"} {
		if before, after, ok := strings.Cut(uri, forge); ok && r.src.Path == "" {
			return before + strings.Replace(forge, "blob", "tree", 1) + after
		}
	}
	return uri
}

// Probe reads the refs of the repository.
func (r *Repository) Probe(ctx context.Context) (string, error) {
	done, err := r.open(ctx)
	if err != nil {
		return "", err
	}
	defer done()
	out, err := r.run(ctx, "ls-remote", "--quiet", "--end-of-options", r.place(), r.ref())
	if err != nil {
		return "", explain(err)
	}
	sha, _, ok := strings.Cut(string(out), "\t")
	if !ok {
		return "", sd.Hint(fmt.Errorf("there is no ref %s", r.ref()), "set ref to a branch or a tag")
	}
	return fmt.Sprintf("%s is at %.12s", r.ref(), sha), nil
}

const fetched = "refs/panther/head"

func (r *Repository) ref() string {
	if r.src.Ref == "" {
		return "HEAD"
	}
	return r.src.Ref
}

func (r *Repository) refspec() string { return "+" + r.ref() + ":" + fetched }

func (r *Repository) place() string {
	if r.src.Path != "" {
		return r.src.Path
	}
	return r.src.Location()
}

// open makes the repository and the configuration.
func (r *Repository) open(ctx context.Context) (done func(), err error) {
	if _, err := exec.LookPath("git"); err != nil {
		return nil, sd.Hint(fmt.Errorf("run git: %w", err), sd.PackageHint("git", "panther-crawl"))
	}
	tmp, err := os.MkdirTemp("", "panther-git-")
	if err != nil {
		return nil, fmt.Errorf("make folder for git: %w", err)
	}
	done = func() { _ = os.RemoveAll(tmp) }
	r.config = filepath.Join(tmp, "config")
	text, err := r.configuration(ctx)
	if err == nil {
		err = os.WriteFile(r.config, []byte(text), 0o600)
	}
	if err == nil {
		_, err = r.run(ctx, "init", "--quiet", "--bare", "--template=", "--end-of-options", r.dir)
	}
	if err != nil {
		done()
		return nil, err
	}
	return done, nil
}

// configuration is what git is told: to believe nothing of the repository, to
// connect where was checked, and which header its origin gets.
func (r *Repository) configuration(ctx context.Context) (string, error) {
	var b strings.Builder
	b.WriteString("[core]\n\thooksPath = /dev/null\n\tfsmonitor = false\n\tsymlinks = false\n" + bounds + "[gc]\n\tauto = 0\n[transfer]\n\tfsckObjects = true\n" +
		"[protocol]\n\tallow = never\n[protocol \"https\"]\n\tallow = always\n[protocol \"http\"]\n\tallow = always\n[safe]\n\tdirectory = *\n[credential]\n\thelper =\n")
	u, err := url.Parse(r.place())
	if r.src.Path != "" || err != nil {
		b.WriteString("[protocol \"file\"]\n\tallow = always\n")
		return b.String(), nil
	}
	addr, err := resolve(ctx, u, r.src.AllowPrivate)
	if err != nil {
		return "", err
	}
	// Redirects would lead where nothing was checked.
	fmt.Fprintf(&b, "[http]\n\tfollowRedirects = false\n\tproxy =\n\tcurloptResolve = %q\n\tlowSpeedLimit = 1000\n\tlowSpeedTime = 60\n", addr)
	r.origin = fetch.Origin(u)
	if r.secret != "" {
		user := r.src.User
		if user == "" {
			user = "x-access-token" // what GitHub takes; GitLab takes any
		}
		r.auth = "Basic " + base64.StdEncoding.EncodeToString([]byte(user+":"+r.secret))
		fmt.Fprintf(&b, "[http %q]\n\textraHeader = \"Authorization: %s\"\n", r.origin+"/", r.auth)
	}
	return b.String(), nil
}

// resolve returns HOST:PORT:ADDRESS for curl, with an address that may be
// reached.
func resolve(ctx context.Context, u *url.URL, private bool) (string, error) {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	if err != nil {
		return "", fmt.Errorf("%w: resolve %s: %w", visit.ErrSource, u.Hostname(), err)
	}
	var last error
	for _, ip := range ips {
		if last = fetch.CheckAddr(ip, private); last == nil {
			return fmt.Sprintf("%s:%s:%s", u.Hostname(), port, bracket(ip.Unmap())), nil
		}
	}
	if last == nil {
		last = fetch.ErrAddress
	}
	return "", sd.Hint(fmt.Errorf("%w: reach %s: %w", visit.ErrSource, u.Hostname(), last), "if the repository is on this machine or its network, set allow_private = true")
}

func bracket(ip netip.Addr) string {
	if ip.Is6() {
		return "[" + ip.String() + "]"
	}
	return ip.String()
}

// explain adds what to do about git's refusals.
func explain(err error) error {
	text := err.Error()
	switch {
	case strings.Contains(text, "could not read Username"), strings.Contains(text, "Authentication failed"), strings.Contains(text, "403"), strings.Contains(text, "401"):
		return sd.Hint(err, "set credential to the name of a token that may read the repository, or renew the token")
	case strings.Contains(text, "couldn't find remote ref"):
		return sd.Hint(err, "set ref to a branch or a tag of the repository")
	case strings.Contains(text, "unable to update url base from redirection"), strings.Contains(text, "301"), strings.Contains(text, "302"):
		return sd.Hint(err, "the repository has moved: set url to its new address")
	}
	return err
}

func (r *Repository) wanted(name string) bool {
	return !matches(r.src.Exclude, name) && (len(r.src.Include) == 0 || matches(r.src.Include, name))
}

func matches(globs []string, name string) bool {
	for _, g := range globs {
		if ok, _ := doublestar.Match(strings.TrimPrefix(g, "/"), name); ok {
			return true
		}
	}
	return false
}

var errTooLarge = errors.New("file exceeds max_page_size")

func (r *Repository) item(f file) *visit.Item {
	it := &visit.Item{URI: r.uri(f.name), Version: text.RulesOf(r.src).Version(f.name, f.blob)}
	it.Current = func(delivered string) bool { return r.tree.Current(it.Version, delivered) }
	it.Load = func(ctx context.Context) (visit.Page, error) {
		if f.size > int64(r.src.MaxPageSize) {
			return visit.Page{}, errTooLarge
		}
		body, err := r.run(ctx, "cat-file", "blob", f.blob)
		if err != nil {
			return visit.Page{}, err
		}
		return text.Convert(ctx, text.File{Name: f.name, URI: it.URI, Body: bytes.NewReader(body), MaxBytes: int64(r.src.MaxPageSize), Programs: r.programs, Rules: text.RulesOf(r.src),
			Tree: r.tree, Version: it.Version})
	}
	return it
}

// uri is where people find a file: the forge's page of it where one is known.
func (r *Repository) uri(name string) string {
	escaped := (&url.URL{Path: name}).EscapedPath()
	if r.src.Path != "" {
		return (&url.URL{Scheme: "file", Path: filepath.Join(r.src.Path, name)}).String()
	}
	base := strings.TrimSuffix(strings.TrimSuffix(r.place(), "/"), ".git")
	u, err := url.Parse(base)
	switch {
	case err != nil:
	case u.Host == "github.com":
		return base + "/blob/" + r.ref() + "/" + escaped
	case strings.Contains(u.Host, "gitlab"):
		return base + "/-/blob/" + r.ref() + "/" + escaped
	case u.Host == "codeberg.org" || strings.Contains(u.Host, "gitea") || strings.Contains(u.Host, "forgejo"):
		return base + "/src/" + r.ref() + "/" + escaped
	}
	return r.place() + "#" + escaped
}
