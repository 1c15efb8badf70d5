// Package source describes one place that is crawled, as its table in
// panther-crawl.toml says. It checks what can be checked without reaching the
// place and knows nothing of how it is visited.
package source

import (
	"errors"
	"fmt"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"panther/pkg/config"
	"panther/pkg/edition"

	"github.com/bmatcuk/doublestar/v4"
	"github.com/robfig/cron/v3"
	"golang.org/x/text/language"
)

// Kinds of source.
const (
	Web        = "web"
	Files      = "files"
	Git        = "git"
	Feed       = "feed"
	Confluence = "confluence"
)

// Kinds lists the kinds that this build visits.
var Kinds = []string{Web, Files, Git, Feed, Confluence}

// Values of Render.
const (
	Never  = "never"
	Auto   = "auto"
	Always = "always"
)

// DefaultSchedule is daily at 02:00, when the timer fires.
const DefaultSchedule = "0 2 * * *"

// Source is one [[source]] table. The zero value of a setting is its default.
type Source struct {
	Name string   `toml:"name"` // unique; names the state file and the unit's instance
	Kind string   `toml:"kind"` // web, git, confluence, feed or files; web if left out
	URL  string   `toml:"url"`  // where it begins
	URLs []string `toml:"urls"` // more of them
	Path string   `toml:"path"` // files: the folder; git: a local repository
	Ref  string   `toml:"ref"`  // git: branch or tag; its default branch if left out
	// DocComments makes a document of the doc comments of each Go package of a
	// git source too.
	DocComments bool `toml:"doc_comments"`
	// Code makes documents of source code too, of a folder or a repository: one a
	// file, whose sections are its declarations. Of a work tree, what .gitignore
	// names is left out then.
	Code bool `toml:"code"`

	Spaces   []string `toml:"spaces"`   // confluence: keys; all that can be seen if left out
	Pages    []string `toml:"pages"`    // confluence: page identifiers; then only they and what is below them
	Schedule string   `toml:"schedule"` // cron expression
	Tags     []string `toml:"tags"`
	Version  string   `toml:"version"` // of what its documents are about, whatever they say
	// Versions says which versions are visited where a site or a folder has the same
	// pages in several: "newest", "all" (the default) or the number of the newest.
	// What is not released counts only where +pre follows: "newest+pre".
	Versions string `toml:"versions"`
	Disabled bool   `toml:"disabled"`

	Credential string `toml:"credential"` // name of the credential that holds the token
	User       string `toml:"user"`       // then the credential is the password of this user

	Include   []string `toml:"include"`   // globs of paths, or of addresses where they hold ://
	Exclude   []string `toml:"exclude"`   // likewise; wins over include
	Language  string   `toml:"language"`  // of its documents, whatever they say; else as they say or as it is detected
	Languages []string `toml:"languages"` // only pages in these, of a site that has translations; of scans

	// Indices makes documents also of pages that only list what others say: the
	// index, the tree and the uses of classes of a manual.
	Indices bool `toml:"indices"`

	// OCR reads PDF files whose pages are images, of a folder or a repository, in
	// the languages of languages, or in English. It takes seconds a page.
	OCR bool `toml:"ocr"`

	// Render says which pages of a web source a browser reads (panther-render):
	// "never" (the default), "auto" for those that are empty without scripts and
	// whose Markdown the site does not offer, or "always".
	Render string `toml:"render"`

	// Archive keeps what a web source answered as WARC files in the state folder,
	// archive/NAME_TIME.warc.gz, of the last three runs.
	Archive bool `toml:"archive"`

	Depth       int             `toml:"depth"`         // links from a start address; 0 means any number
	MaxPages    int             `toml:"max_pages"`     // default 20000
	MaxPageSize config.Size     `toml:"max_page_size"` // default 16MB
	Concurrency int             `toml:"concurrency"`   // requests to one host at a time; default 8
	Delay       config.Duration `toml:"delay"`         // between requests to one host
	Timeout     config.Duration `toml:"timeout"`       // of one request; default 30s

	AllowPrivate   bool    `toml:"allow_private"`   // addresses of this machine and its networks may be asked
	IgnoreRobots   bool    `toml:"ignore_robots"`   // for a site of your own
	IgnoreSitemaps bool    `toml:"ignore_sitemaps"` // follow links only
	MaxRemoved     float64 `toml:"max_removed"`     // share of its documents that one run may remove; default 0.2
}

// Defaults of a source.
const (
	defaultMaxPages    = 20000
	defaultMaxPageSize = 16 << 20
	defaultConcurrency = 8
	defaultTimeout     = 30 * time.Second
	defaultMaxRemoved  = 0.2
)

// Complete returns s with the defaults filled in.
func (s Source) Complete() Source {
	s.Kind = or(s.Kind, Web)
	s.Schedule = or(s.Schedule, DefaultSchedule)
	s.MaxPages = or(s.MaxPages, defaultMaxPages)
	s.MaxPageSize = or(s.MaxPageSize, defaultMaxPageSize)
	s.Concurrency = or(s.Concurrency, defaultConcurrency)
	s.Timeout = or(s.Timeout, config.Duration(defaultTimeout))
	s.MaxRemoved = or(s.MaxRemoved, defaultMaxRemoved)
	return s
}

func or[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// Starts returns the start addresses, url first.
func (s Source) Starts() []string {
	if s.URL == "" {
		return s.URLs
	}
	return append([]string{s.URL}, s.URLs...)
}

// Location is where the source begins, for people.
func (s Source) Location() string {
	if s.Path != "" {
		return s.Path
	}
	if a := s.Starts(); len(a) > 0 {
		return a[0]
	}
	return ""
}

// parser reads five fields, or a descriptor such as @daily.
var parser = cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)

// Next returns when a source that was last visited at last is due. The zero
// time means at once, for one that never was.
func (s Source) Next(last time.Time) time.Time {
	if last.IsZero() {
		return time.Time{}
	}
	sched, err := parser.Parse(or(s.Schedule, DefaultSchedule))
	if err != nil { // Validate refused it
		return time.Time{}
	}
	return sched.Next(last)
}

// names are safe as file names and as instances of a unit.
var names = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// Validate checks s; key is the dotted key of its table.
func (s Source) Validate(key string) error {
	at := func(field string) string { return key + "." + field }
	if !names.MatchString(s.Name) {
		return config.Errorf(at("name"), "use lower-case letters, digits, dot, dash and underscore, at most 63", "%q is no name", s.Name)
	}
	if s.Kind != "" && !slices.Contains(Kinds, s.Kind) {
		return config.Errorf(at("kind"), config.DidYouMean(s.Kind, Kinds, "it is one of "+strings.Join(Kinds, ", ")), "%q is no kind of source", s.Kind)
	}
	if _, err := parser.Parse(or(s.Schedule, DefaultSchedule)); err != nil {
		return config.Errorf(at("schedule"), `write it as cron does, "0 2 * * *" is daily at 02:00`, "%q: %w", s.Schedule, err)
	}
	for _, g := range append(slices.Clone(s.Include), s.Exclude...) {
		if !doublestar.ValidatePattern(g) {
			return config.Errorf(at("include"), `"/docs/**" is everything below /docs`, "glob %q cannot be understood", g)
		}
	}
	if _, err := language.Parse(s.Language); s.Language != "" && err != nil {
		return config.Errorf(at("language"), `write "de" or "pt-BR"`, "%q is no language", s.Language)
	}
	if s.Depth < 0 || s.MaxPages < 0 || s.Concurrency < 0 || s.Concurrency > 64 {
		return config.Errorf(at("concurrency"), "concurrency is 1 to 64; depth and max_pages are not negative", "a limit is out of range")
	}
	if _, err := edition.ParseWish(s.Versions); err != nil {
		return config.Errorf(at("versions"), `it is "newest", "all", or how many, such as "3"; "newest+pre" takes what is not released too`, "%w", err)
	}
	if !slices.Contains([]string{"", Never, Auto, Always}, s.Render) {
		return config.Errorf(at("render"), config.DidYouMean(s.Render, []string{Never, Auto, Always}, `it is "never", "auto" or "always"`), "%q is no way to render", s.Render)
	}
	if s.Code && s.Kind != Git && s.Kind != Files {
		return config.Errorf(at("code"), `set kind = "git" for a repository, or "files" for a folder`, "only repositories and folders have source code")
	}
	if s.MaxRemoved < 0 || s.MaxRemoved > 1 {
		return config.Errorf(at("max_removed"), "0.2 stops a run that would remove more than a fifth", "%v is no share", s.MaxRemoved)
	}
	if s.Credential != "" && filepath.Base(s.Credential) != s.Credential {
		return config.Errorf(at("credential"), "name the credential, not a path", "%q is no name", s.Credential)
	}
	for _, id := range s.Pages {
		if id == "" || strings.Trim(id, "0123456789") != "" {
			return config.Errorf(at("pages"), "the number in a page's address: pages = [\"98319\"]", "%q is no identifier of a page", id)
		}
	}
	return s.validatePlace(at)
}

func (s Source) validatePlace(at func(string) string) error {
	if strings.HasPrefix(s.Ref, "-") || strings.ContainsAny(s.Ref, " :~^?*[\\\x00") {
		return config.Errorf(at("ref"), "name a branch or a tag", "%q is no ref", s.Ref)
	}
	if s.Kind == Files || s.Kind == Git && s.Path != "" {
		if !filepath.IsAbs(s.Path) {
			return config.Errorf(at("path"), "name the folder by its absolute path", "%q is not absolute", s.Path)
		}
		return nil
	}
	if len(s.Starts()) == 0 {
		return config.Errorf(at("url"), "say where it begins", "is missing")
	}
	for _, a := range s.Starts() {
		if err := checkURL(a); err != nil {
			return config.Errorf(at("url"), "write an absolute address such as https://docs.example.com/guide/", "%q: %w", redacted(a), err)
		}
	}
	return nil
}

// redacted is an address without its password.
func redacted(a string) string {
	if u, err := url.Parse(a); err == nil {
		return u.Redacted()
	}
	return a
}

func checkURL(a string) error {
	u, err := url.Parse(a)
	switch {
	case err != nil:
		return err
	case u.User != nil:
		return errors.New("holds a user name; put the secret in a credential")
	case u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		return fmt.Errorf("scheme %q is not http or https", u.Scheme)
	case slices.Contains(strings.Split(strings.TrimSuffix(u.Hostname(), "."), "."), ""):
		return fmt.Errorf("%q is no host", u.Hostname())
	}
	return nil
}
