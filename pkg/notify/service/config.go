package service

import (
	"fmt"
	"net"
	"net/mail"
	"regexp"
	"slices"
	"strings"
	"time"

	"panther/pkg/config"
	"panther/pkg/notify"
	"panther/pkg/notify/channel"
)

// Config is panther-notify.toml.
type Config struct {
	Version  int             `toml:"version"`
	MaxAge   config.Duration `toml:"max_age"`   // after which nothing is told that could not be
	IdleExit config.Duration `toml:"idle_exit"` // how long the service stays when nothing waits
	People   string          `toml:"people"`    // group of those who may send a test
	Senders  []string        `toml:"senders"`   // accounts of the services that may send events
	Targets  []Target        `toml:"target"`
}

// Target is where events go.
type Target struct {
	Name       string `toml:"name"`
	Channel    string `toml:"channel"`    // ntfy, gotify, telegram, email, webpush, webhook or desktop
	Credential string `toml:"credential"` // below notify/ in opnix' secrets; "" is the target's name
	Plain      bool   `toml:"plain"`      // without encryption, where the receiver has none

	URL     string   `toml:"url"`     // ntfy: of the topic; gotify: of the server; webhook: where to post; telegram: of a server of one's own
	Chat    string   `toml:"chat"`    // telegram
	Server  string   `toml:"server"`  // email: HOST:PORT; port 465 means TLS from the first byte
	User    string   `toml:"user"`    // email
	From    string   `toml:"from"`    // email
	To      []string `toml:"to"`      // email
	Contact string   `toml:"contact"` // webpush: mailto: or https address for the push service

	Kinds    []string        `toml:"kinds"`    // of events; none means all
	Severity string          `toml:"severity"` // the least
	Quiet    string          `toml:"quiet"`    // HH:MM-HH:MM in the machine's time zone: nothing is told then
	Wakes    string          `toml:"wakes"`    // the severity that is told then too; "" for none
	Limit    int             `toml:"limit"`    // messages in Per; more are told as one
	Per      config.Duration `toml:"per"`
}

// Default returns the configuration of an installed system: it tells nobody.
func Default() Config {
	return Config{Version: config.Version, MaxAge: config.Duration(72 * time.Hour), IdleExit: config.Duration(time.Minute),
		People: "panther", Senders: []string{"agentdb", "opencode", "panther-crawl"}}
}

// Defaults of a target: what a phone can bear.
const (
	defaultLimit = 6
	defaultPer   = 10 * time.Minute
)

// channels are the fields besides the common ones that a channel needs and takes.
var channels = map[string]struct{ needs, takes []string }{
	"ntfy":     {needs: []string{"url"}, takes: []string{"plain", "credential"}},
	"gotify":   {needs: []string{"url"}, takes: []string{"plain", "credential"}},
	"telegram": {needs: []string{"chat"}, takes: []string{"url", "plain", "credential"}},
	"email":    {needs: []string{"server", "from", "to"}, takes: []string{"user", "plain", "credential"}},
	"webpush":  {needs: []string{"contact"}},
	"webhook":  {needs: []string{"url"}, takes: []string{"plain", "credential"}},
	"desktop":  {},
}

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,31}$`)

// Validate checks the file and completes the targets.
func (c *Config) Validate() error {
	seen := map[string]bool{}
	for i := range c.Targets {
		t := &c.Targets[i]
		at := fmt.Sprintf("target[%d].", i)
		if !namePattern.MatchString(t.Name) {
			return config.Errorf(at+"name", "write it in lower case letters, digits, - and _", "%q is no name", t.Name)
		}
		if seen[t.Name] {
			return config.Errorf(at+"name", "give each target a name of its own", "%q is there twice", t.Name)
		}
		seen[t.Name] = true
		if err := t.validate(at); err != nil {
			return err
		}
	}
	if c.MaxAge <= 0 || c.MaxAge.D() > remember {
		return config.Errorf("max_age", "write it like 72h", "it is not from a moment to 30 days")
	}
	if c.IdleExit <= 0 {
		return config.Errorf("idle_exit", "write it like 1m", "there has to be some time")
	}
	return nil
}

func (t *Target) validate(at string) error {
	known, ok := channels[t.Channel]
	if !ok {
		return config.Errorf(at+"channel", "", "%q is none of desktop, email, gotify, ntfy, telegram, webhook, webpush", t.Channel)
	}
	set := map[string]bool{"url": t.URL != "", "chat": t.Chat != "", "server": t.Server != "", "user": t.User != "", "from": t.From != "",
		"to": len(t.To) > 0, "contact": t.Contact != "", "plain": t.Plain, "credential": t.Credential != ""}
	for _, key := range known.needs {
		if !set[key] {
			return config.Errorf(at+key, "", "target %s: %s needs it", t.Name, t.Channel)
		}
	}
	for key, is := range set {
		if is && !slices.Contains(known.needs, key) && !slices.Contains(known.takes, key) {
			return config.Errorf(at+key, "remove it", "target %s: %s does not know it", t.Name, t.Channel)
		}
	}
	if err := t.addresses(at); err != nil {
		return err
	}
	return t.filters(at)
}

func (t *Target) addresses(at string) error {
	if t.Channel == "telegram" && t.URL == "" {
		t.URL = channel.TelegramURL
	}
	if t.URL != "" {
		if err := channel.CheckURL(t.URL, t.Plain); err != nil {
			return config.Errorf(at+"url", "write an https address, or plain = true where nobody can listen", "target %s: %w", t.Name, err)
		}
	}
	if t.Channel == "ntfy" {
		if _, _, ok := channel.SplitTopic(t.URL); !ok {
			return config.Errorf(at+"url", "write it like https://ntfy.sh/TOPIC", "target %s: the address names no topic", t.Name)
		}
	}
	if t.Server != "" {
		if _, _, err := net.SplitHostPort(t.Server); err != nil {
			return config.Errorf(at+"server", "write it like mail.example.org:587", "target %s: %w", t.Name, err)
		}
	}
	for _, a := range append(slices.Clone(t.To), t.From) {
		if _, err := mail.ParseAddress(a); t.Channel == "email" && err != nil {
			return config.Errorf(at+"to", "", "target %s: %q is no address: %w", t.Name, a, err)
		}
	}
	if t.Contact != "" && !strings.HasPrefix(t.Contact, "mailto:") && !strings.HasPrefix(t.Contact, "https://") {
		return config.Errorf(at+"contact", "write it like mailto:me@example.org", "target %s: %q is no contact", t.Name, t.Contact)
	}
	if t.Credential == "" {
		t.Credential = t.Name
	}
	return nil
}

func (t *Target) filters(at string) error {
	for _, k := range t.Kinds {
		if !slices.Contains(notify.Kinds, k) {
			return config.Errorf(at+"kinds", config.DidYouMean(k, notify.Kinds, "there are: "+strings.Join(notify.Kinds, ", ")), "there is no kind %q", k)
		}
	}
	if t.Severity == "" {
		t.Severity = notify.Info
	}
	for key, s := range map[string]string{"severity": t.Severity, "wakes": t.Wakes} {
		if s != "" && !slices.Contains(notify.Severities, s) {
			return config.Errorf(at+key, "", "%q is none of %s", s, strings.Join(notify.Severities, ", "))
		}
	}
	if t.Quiet != "" {
		if _, err := parseHours(t.Quiet); err != nil {
			return config.Errorf(at+"quiet", "write it like 22:00-07:00", "%w", err)
		}
	}
	if t.Limit < 0 || t.Per < 0 {
		return config.Errorf(at+"limit", "", "it is negative")
	}
	if t.Limit == 0 {
		t.Limit = defaultLimit
	}
	if t.Per == 0 {
		t.Per = config.Duration(defaultPer)
	}
	return nil
}

// wants reports whether an event goes to the target. A test goes to those it is
// sent to.
func (t *Target) wants(e notify.Event) bool {
	return (len(t.Kinds) == 0 || slices.Contains(t.Kinds, e.Kind)) && notify.AtLeast(e.Severity, t.Severity)
}

// hours is a part of every day, from a minute of the day until another, which may
// be on the next day.
type hours struct{ from, until int }

func parseHours(s string) (hours, error) {
	a, b, ok := strings.Cut(s, "-")
	from, err1 := time.Parse("15:04", strings.TrimSpace(a))
	until, err2 := time.Parse("15:04", strings.TrimSpace(b))
	if !ok || err1 != nil || err2 != nil || from.Equal(until) {
		return hours{}, fmt.Errorf("%q are no hours", s)
	}
	return hours{from.Hour()*60 + from.Minute(), until.Hour()*60 + until.Minute()}, nil
}

// end returns when the hours that now is in end, by the clock on the wall; ok is
// false if now is in none.
func (h hours) end(now time.Time) (end time.Time, ok bool) {
	m := now.Hour()*60 + now.Minute()
	day := now.Day()
	switch {
	case h.from < h.until && (m < h.from || m >= h.until), h.from > h.until && m < h.from && m >= h.until:
		return time.Time{}, false
	case h.from > h.until && m >= h.from:
		day++
	}
	end = time.Date(now.Year(), now.Month(), day, 0, h.until, 0, 0, now.Location())
	if !end.After(now) { // the clock was put back in between
		end = now.Add(time.Minute)
	}
	return end, true
}
