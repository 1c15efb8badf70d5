package web

import (
	"context"
	"encoding/json"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"

	"panther/pkg/crawl/address"
	"panther/pkg/crawl/frontier"
	"panther/pkg/crawl/visit"
	"panther/pkg/edition"
	"panther/pkg/markdown"
)

const (
	metaVersions  = "versions"  // what is known of them
	metaSwitchers = "switchers" // addresses of lists of them, one a line
	// maxSwitchers is how many lists of versions are read in a run.
	maxSwitchers = 5
	// maxHeld bounds the addresses of versions that wait.
	maxHeld = 100000
)

// versions knows the versions of a site, and keeps the addresses of those that are
// not wanted, for when one that is wanted is not there.
type versions struct {
	wish edition.Wish

	reading sync.Mutex // held while a list is fetched

	mu        sync.Mutex
	set       *edition.Set
	held      map[string]held // by key
	switchers map[string]bool // lists that were read
	visited   bool            // all that was pending
}

// held is an address that waits: a new one, or one that was in the frontier.
type held struct {
	page frontier.Record
	rec  *frontier.Record
}

// beginVersions takes what earlier runs have learned.
func (s *Site) beginVersions(ctx context.Context) error {
	vs := &s.versions
	vs.set, vs.switchers = edition.NewSet(vs.wish), map[string]bool{}
	vs.held = map[string]held{}
	vs.set.Trust = s.v.AnyLoss
	if known := s.v.Frontier.Meta(metaVersions); known != "" {
		if err := vs.set.UnmarshalText([]byte(known)); err != nil {
			s.v.Warn("what was known of the site's versions is learned again")
		}
	}
	if !vs.wish.All() {
		vs.set.Count(s.documents)
	}
	for place := range strings.Lines(s.v.Frontier.Meta(metaSwitchers)) {
		if err := s.readSwitcher(ctx, strings.TrimSpace(place)); err != nil {
			return err
		}
	}
	return nil
}

// documents yields the addresses of the pages that are documents, or are on their
// way to the store once all was visited.
func (s *Site) documents(yield func(string) bool) {
	more := true
	s.v.Frontier.Each(func(r *frontier.Record) {
		if more && (r.Live() && r.Outcome != visit.Gone || r.State == frontier.Pending && s.versions.visited) {
			more = yield(r.URL)
		}
	})
}

// pend makes an address pending, unless it is of a version that is not wanted:
// then it waits.
func (s *Site) pend(r frontier.Record) (bool, error) {
	vs := &s.versions
	if !vs.wish.All() {
		vs.mu.Lock()
		vs.set.Add(r.URL)
		kept, _ := vs.set.Kept(r.URL)
		if !kept && len(vs.held) < maxHeld {
			vs.held[r.Key] = held{page: r}
		}
		vs.mu.Unlock()
		if !kept {
			return false, nil
		}
	}
	return s.v.Frontier.Add(r)
}

// move notes that a page of one version leads to the one of another.
func (vs *versions) move(from, to string) {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	vs.set.Move(from, to)
}

// dropped reports whether a claimed page is of a version that is not wanted.
func (s *Site) dropped(r *frontier.Record) bool {
	vs := &s.versions
	if vs.wish.All() {
		return false
	}
	vs.mu.Lock()
	defer vs.mu.Unlock()
	kept, sure := vs.set.Kept(r.URL)
	if kept || !sure {
		return false
	}
	vs.held[r.Key] = held{rec: r}
	return true
}

// reasonVersion is why a page is left out whose version is not wanted.
const reasonVersion = "of a version that is left out"

// settleVersions decides anew once all was visited, and makes pending what is
// wanted after all. It reports whether there is something.
func (s *Site) settleVersions() (more bool, err error) {
	vs := &s.versions
	if vs.wish.All() {
		return false, nil
	}
	vs.mu.Lock()
	vs.visited = true
	vs.set.Settle(s.documents)
	var wanted []held
	for key, h := range vs.held {
		uri := h.page.URL
		if h.rec != nil {
			uri = h.rec.URL
		}
		if kept, _ := vs.set.Kept(uri); kept {
			wanted = append(wanted, h)
			delete(vs.held, key)
		}
	}
	vs.mu.Unlock()
	for _, h := range wanted {
		added := true
		if h.rec != nil {
			err = s.v.Frontier.Reopen(h.rec)
		} else {
			added, err = s.v.Frontier.Add(h.page)
		}
		if err != nil {
			return false, err
		}
		more = more || added
	}
	return more, nil
}

// concludeVersions keeps what was learned, and has the documents of versions that
// are not wanted removed.
func (s *Site) concludeVersions() error {
	vs := &s.versions
	vs.mu.Lock()
	defer vs.mu.Unlock()
	b, err := vs.set.MarshalText()
	if err != nil {
		return err
	}
	if err := s.v.Frontier.SetMeta(metaVersions, string(b)); err != nil {
		return err
	}
	var places []string
	for place := range vs.switchers {
		places = append(places, place)
	}
	slices.Sort(places)
	if err := s.v.Frontier.SetMeta(metaSwitchers, strings.Join(places, "\n")); err != nil || vs.wish.All() {
		return err
	}
	for _, w := range vs.set.Unfinished() {
		s.v.Warn(w + " has less than half of the pages of the version before it, which stays until it has more (or: panther-crawl run " + s.src.Name + " --accept-removals)")
	}
	return nil
}

// unwanted reports whether a page is of a version that is not wanted.
func (vs *versions) unwanted(uri string) bool {
	vs.mu.Lock()
	defer vs.mu.Unlock()
	kept, sure := vs.set.Kept(uri)
	return !vs.wish.All() && sure && !kept
}

// learnVersion notes the version that a page says to be of, and gives it the one that
// the site says where it has but a word for it.
func (s *Site) learnVersion(ctx context.Context, r *frontier.Record, page *markdown.Page) error {
	if err := s.readSwitcher(ctx, page.Switcher); err != nil {
		return err
	}
	vs := &s.versions
	vs.mu.Lock()
	defer vs.mu.Unlock()
	vs.set.Say(r.URL, page.Version)
	if said := vs.set.Said(r.URL); said != "" && !edition.Of(r.URL, page.Version).Numbered() {
		page.Version = said
	}
	return nil
}

// listed is a version in the list of a version switcher: of mike, which has no
// addresses, or of Sphinx' PyData theme.
type listed struct {
	Version string   `json:"version"`
	Title   string   `json:"title"`
	Name    string   `json:"name"`
	URL     string   `json:"url"`
	Aliases []string `json:"aliases"`
}

// readSwitcher reads a list of versions, once a run, and follows it.
func (s *Site) readSwitcher(ctx context.Context, place string) error {
	base, err := url.Parse(place)
	if err != nil || place == "" {
		return nil
	}
	vs := &s.versions
	vs.reading.Lock() // the pages that name a list wait for it
	defer vs.reading.Unlock()
	vs.mu.Lock()
	known := vs.switchers[place] || len(vs.switchers) >= maxSwitchers
	if !known {
		vs.switchers[place] = true
	}
	vs.mu.Unlock()
	if known || !s.sameSite(base) {
		return nil
	}
	var list []listed
	if err := json.Unmarshal(s.described(ctx, base, place), &list); err != nil {
		return nil // a list that cannot be read is none
	}
	versions := versionsOf(base, list)
	links := make([]string, 0, len(versions))
	for link := range versions {
		links = append(links, link)
	}
	slices.Sort(links)
	vs.mu.Lock()
	vs.set.List(versions)
	vs.mu.Unlock()
	return s.follow(links, 1)
}

// sameSite reports whether an address is of a host of the source.
func (s *Site) sameSite(u *url.URL) bool {
	return slices.ContainsFunc(s.src.Starts(), func(a string) bool {
		start, err := url.Parse(a)
		return err == nil && start.Host == u.Host
	})
}

var (
	numberIn = regexp.MustCompile(`\d+(?:\.\d+)+\w*|\d+`)
	notYet   = regexp.MustCompile(`(?i)\b(?:dev|devel|development|main|master|nightly|pre|preview|unreleased|unstable|next|beta|alpha|rc)\b`)
)

// versionsOf returns the addresses where versions begin, with what is said of them.
func versionsOf(base *url.URL, list []listed) map[string]string {
	out := map[string]string{}
	for _, l := range list[:min(len(list), 500)] {
		said := numberIn.FindString(l.Title + l.Name)
		if said == "" {
			said = numberIn.FindString(l.Version)
		}
		if said != "" && notYet.MatchString(l.Title+" "+l.Name+" "+l.Version) {
			said += ".dev"
		}
		places := []string{l.URL}
		if l.URL == "" {
			places = []string{"./" + l.Version + "/"}
			for _, alias := range l.Aliases {
				places = append(places, "./"+alias+"/")
			}
		}
		for _, p := range places {
			ref, err := base.Parse(p)
			if err != nil {
				continue
			}
			if u, err := address.Parse(strings.TrimSuffix(ref.String(), "index.html")); err == nil {
				out[u.String()] = said
			}
		}
	}
	return out
}
