package address

import (
	"fmt"
	"net/url"
	"path"
	"regexp"
	"strings"
	"sync"

	"github.com/bmatcuk/doublestar/v4"
)

// Scope says which addresses belong to a source: those below the folders of its
// start addresses, unless globs say otherwise. Its methods may be called by
// several goroutines.
type Scope struct {
	mu      sync.RWMutex
	roots   []root
	include []string
	exclude []string
}

type root struct{ host, folder string }

// NewScope returns a scope without roots. Globs are matched against the path
// ("/docs/**"), or against the whole address where they hold "://". With
// include globs an address must match one of them and its host must be that of
// a root, or the glob's own.
func NewScope(include, exclude []string) (*Scope, error) {
	for _, g := range append(append([]string(nil), include...), exclude...) {
		if !doublestar.ValidatePattern(g) {
			return nil, fmt.Errorf("glob %q cannot be understood", g)
		}
	}
	return &Scope{include: include, exclude: exclude}, nil
}

// AddRoot takes the folder of a start address into the scope.
func (s *Scope) AddRoot(u *url.URL) {
	folder := u.EscapedPath()
	if !strings.HasSuffix(folder, "/") && (path.Ext(folder) != "" || u.RawQuery != "") {
		folder = folder[:strings.LastIndexByte(folder, '/')+1]
	}
	if folder == "" {
		folder = "/"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.roots = append(s.roots, root{bareHost(u), folder})
}

// bareHost is the host without www.: sites use both for one thing.
func bareHost(u *url.URL) string { return strings.TrimPrefix(u.Host, "www.") }

// Excludes reports whether the globs leave an address out that may have belonged to
// the source before.
func (s *Scope) Excludes(u *url.URL) bool {
	return matches(s.exclude, u) || len(s.include) > 0 && !s.Contains(u)
}

// Contains reports whether an address belongs to the source.
func (s *Scope) Contains(u *url.URL) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if matches(s.exclude, u) {
		return false
	}
	host, p := bareHost(u), u.EscapedPath()
	for _, r := range s.roots {
		if r.host != host {
			continue
		}
		if len(s.include) > 0 {
			if matches(s.include, u) {
				return true
			}
			continue
		}
		if strings.HasPrefix(p, r.folder) || p == strings.TrimSuffix(r.folder, "/") || strings.HasPrefix(p, strings.TrimSuffix(r.folder, "/")+"/") {
			return true
		}
	}
	return len(s.include) > 0 && matchesFull(s.include, u)
}

func matches(globs []string, u *url.URL) bool {
	for _, g := range globs {
		name := u.Path
		if strings.Contains(g, "://") {
			name = u.String()
		} else if u.RawQuery != "" && strings.Contains(g, "\\?") {
			name += "?" + u.RawQuery
		}
		if ok, _ := doublestar.Match(g, name); ok {
			return true
		}
	}
	return false
}

func matchesFull(globs []string, u *url.URL) bool {
	for _, g := range globs {
		if strings.Contains(g, "://") {
			if ok, _ := doublestar.Match(g, u.String()); ok {
				return true
			}
		}
	}
	return false
}

// assets are the extensions of what is no page.
var assets = map[string]bool{}

func init() {
	for _, ext := range strings.Fields(`png jpg jpeg gif svg webp avif ico bmp tif tiff mp3 mp4 m4a m4v mov avi webm ogg oga ogv wav flac
		css js mjs map json xml rss atom woff woff2 ttf otf eot zip gz tgz bz2 xz zst 7z rar tar jar war whl deb rpm apk dmg pkg msi exe iso img
		bin dll so dylib wasm doc docx xls xlsx ppt pptx odt ods odp epub mobi ps eps csv tsv sql db sqlite ics vcf asc sig sha256 md5 patch diff`) {
		assets["."+ext] = true
	}
}

// IsAsset reports whether the address names, by its extension, what is no page.
func IsAsset(u *url.URL) bool { return assets[strings.ToLower(path.Ext(u.Path))] }

// actions are paths and parameters of a site's machinery: following them
// changes something, asks for a password, or lists the same pages again.
var actions = regexp.MustCompile(`(?i)/(log-?in|log-?out|sign-?(in|up|out)|register|cart|checkout|wp-(admin|json|login\.php)|xmlrpc\.php|cdn-cgi|oauth2?|sso|saml)(/|$|\?)|[?&](action=(edit|history|raw|delete)|oldid=|diff=|replytocom=|add-to-cart=|share=|print(able)?=|format=(rss|atom)|do=(edit|diff|backlink|revisions|login)|redirect_to=)`)

// IsAction reports whether the address belongs to a site's machinery rather
// than to its content.
func IsAction(u *url.URL) bool { return actions.MatchString(u.RequestURI()) }

// login are the targets to which sites send a visitor they do not know.
var login = regexp.MustCompile(`(?i)(/|\.|^)(log-?in|sign-?in|sso|saml2?|oauth2?|adfs|authorize|auth|accounts?\.google)(\.\w+)?([/.?]|$)`)

// IsLogin reports whether an address looks like that of a login page.
func IsLogin(u *url.URL) bool { return login.MatchString(u.Host + u.RequestURI()) }
