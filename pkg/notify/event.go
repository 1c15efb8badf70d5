package notify

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"panther/pkg/gate"
)

// Kinds of events. An owner chooses by them what each target hears.
const (
	CrawlFailedTwice = "crawl-failed-twice" // two visits of a source in a row failed
	SourceEmpty      = "source-empty"       // a source that had documents has none
	SecretsStale     = "secrets-stale"      // secrets are older than what 1Password has
	TokenRefused     = "token-refused"      // 1Password refused the token
	Disk             = "disk"               // a disk is full
	CanaryDropped    = "canary-dropped"     // search no longer finds what it found
	Digest           = "digest"             // what changed
	Schedule         = "schedule"           // the answer of a scheduled question, or its failure
	Test             = "test"               // somebody tries a target
)

// Kinds are all kinds of events.
var Kinds = []string{CrawlFailedTwice, SourceEmpty, SecretsStale, TokenRefused, Disk, CanaryDropped, Digest, Schedule, Test}

// Severities of events, from the least.
const (
	Info     = "info"
	Warning  = "warning"
	Critical = "critical"
)

// Severities are all severities, from the least.
var Severities = []string{Info, Warning, Critical}

// AtLeast reports whether severity a is b or more.
func AtLeast(a, b string) bool { return slices.Index(Severities, a) >= slices.Index(Severities, b) }

// Event is one thing to tell. Two with the same id are one.
type Event struct {
	ID       string `json:"id" doc:"Names the state that is told: letters, digits and . _ : - up to 128; sent again it is told once"`
	Kind     string `json:"kind" enum:"crawl-failed-twice,source-empty,secrets-stale,token-refused,disk,canary-dropped,digest,schedule,test"`
	Severity string `json:"severity,omitempty" enum:"info,warning,critical" doc:"info without it"`
	Title    string `json:"title" doc:"One plain line"`
	Text     string `json:"text,omitempty" doc:"Plain lines"`
	Link     string `json:"link,omitempty" doc:"An http or https address"`
}

// Bounds of an event: what every channel takes whole. Web Push is the narrowest
// with 3,993 bytes of JSON.
const (
	maxTitle = 160
	maxText  = 2000
	maxLines = 40
	maxLine  = 400
	maxLink  = 600
)

var idPattern = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:-]{0,127}$`)

// Normal returns the event as it may leave: plain lines of bounded length, without
// what is not seen. An error says what the sender has to mend.
func (e Event) Normal() (Event, error) {
	if e.Severity == "" {
		e.Severity = Info
	}
	switch {
	case !idPattern.MatchString(e.ID):
		return Event{}, fmt.Errorf("id %q is none: letters, digits and . _ : - up to 128", gate.Line(e.ID, 40))
	case !slices.Contains(Kinds, e.Kind):
		return Event{}, fmt.Errorf("kind %q is none of %s", gate.Line(e.Kind, 40), strings.Join(Kinds, ", "))
	case !slices.Contains(Severities, e.Severity):
		return Event{}, fmt.Errorf("severity %q is none of %s", gate.Line(e.Severity, 40), strings.Join(Severities, ", "))
	}
	if e.Title = gate.Line(e.Title, maxTitle); e.Title == "" {
		return Event{}, errors.New("the title is empty")
	}
	e.Text = lines(e.Text)
	if e.Link != "" {
		u, err := url.Parse(e.Link)
		if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil || len(u.String()) > maxLink {
			return Event{}, errors.New("the link is no http or https address without a password")
		}
		e.Link = u.String()
	}
	return e, nil
}

func lines(s string) string {
	var b strings.Builder
	n := 0
	for line := range strings.Lines(s) {
		if line = gate.Line(line, maxLine); line == "" {
			continue
		}
		if n == maxLines || b.Len()+len(line)+len("\n…") > maxText {
			b.WriteString("\n…")
			break
		}
		if n > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(line)
		n++
	}
	return b.String()
}

// Body returns the text and the link, as channels without a field for a link
// show them.
func (e Event) Body() string {
	switch {
	case e.Link == "":
		return e.Text
	case e.Text == "":
		return e.Link
	}
	return e.Text + "\n" + e.Link
}
