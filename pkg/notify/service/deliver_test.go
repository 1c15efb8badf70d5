package service

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"panther/pkg/config"
	"panther/pkg/notify"
	"panther/pkg/notify/channel"
	"panther/pkg/notify/outbox"
)

// bench is a worker whose clock and receiver the test holds.
type bench struct {
	*worker
	t      *testing.T
	clock  time.Time
	answer func(channel.Message) error
	got    []channel.Message
	log    strings.Builder
	events int
}

func (b *bench) Send(_ context.Context, m channel.Message) error {
	b.got = append(b.got, m)
	return b.answer(m)
}

func newBench(t *testing.T, target Target) *bench {
	t.Helper()
	b := &bench{t: t, clock: time.Date(2026, 3, 2, 12, 0, 0, 0, time.Local), answer: func(channel.Message) error { return nil }}
	store, err := outbox.Open(filepath.Join(t.TempDir(), "outbox.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = store.Close() })
	target.Name, target.Channel = "phone", "desktop"
	cfg := Default()
	cfg.Targets = []Target{target}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	b.worker = &worker{Target: cfg.Targets[0], channel: b, secret: "sesame", store: store, log: slog.New(slog.NewTextHandler(&b.log, nil)),
		now: func() time.Time { return b.clock }, maxAge: 72 * time.Hour, changed: func() {}}
	return b
}

// tell accepts an event, as much after the last as events are apart.
func (b *bench) tell(severity string) {
	b.t.Helper()
	b.events++
	b.clock = b.clock.Add(time.Millisecond)
	e := notify.Event{ID: fmt.Sprint("e", b.events), Kind: notify.Disk, Severity: severity, Title: fmt.Sprint("title ", b.events)}
	if _, err := b.store.Accept(b.t.Context(), e, []outbox.To{{Target: "phone"}}, b.clock); err != nil {
		b.t.Fatal(err)
	}
}

// after lets time pass, has the worker do what is due, and returns the titles
// that were sent.
func (b *bench) after(d time.Duration) []string {
	b.t.Helper()
	b.clock, b.got = b.clock.Add(d), nil
	for range 1000 {
		worked, err := b.step(b.t.Context())
		if err != nil {
			b.t.Fatal(err)
		}
		if !worked {
			break
		}
	}
	titles := []string{}
	for _, m := range b.got {
		titles = append(titles, m.Event.Title)
	}
	return titles
}

func (b *bench) want(what string, got []string, want ...string) {
	b.t.Helper()
	if fmt.Sprint(got) != fmt.Sprint(want) {
		b.t.Errorf("%s: sent %q, want %q", what, got, want)
	}
}

func (b *bench) states() string {
	ds, err := b.store.List(b.t.Context(), 1000)
	if err != nil {
		b.t.Fatal(err)
	}
	n := map[string]int{}
	for _, d := range ds {
		n[d.State]++
		if strings.Contains(d.Detail, "sesame") {
			b.t.Errorf("the outbox holds the secret: %s", d.Detail)
		}
	}
	return fmt.Sprint(n)
}

// An outage delays and loses nothing; meanwhile one message asks whether it is
// over, less and less often.
func TestOutage(t *testing.T) {
	t.Parallel()
	b := newBench(t, Target{Limit: 100})
	down := func(channel.Message) error { return &channel.Error{Err: errors.New("no route for sesame")} }
	b.answer = down
	b.tell(notify.Info)
	b.want("first try", b.after(0), "title 1")
	b.tell(notify.Info)
	b.tell(notify.Critical)
	b.want("behind it", b.after(time.Second))
	tries := 0
	for range 24 * 60 {
		tries += len(b.after(time.Minute))
	}
	if tries < 20 || tries > 60 {
		t.Errorf("tried %d times in a day", tries)
	}
	if n := strings.Count(b.log.String(), "\n"); n != 1 || strings.Contains(b.log.String(), "sesame") {
		t.Errorf("the journal has %d lines:\n%s", n, b.log.String())
	}
	b.answer = func(channel.Message) error { return nil }
	b.want("over", b.after(2*time.Hour), "title 1", "title 2", "title 3")
	b.want("later", b.after(24*time.Hour))
	if got := b.states(); got != "map[delivered:3]" {
		t.Error(got)
	}
}

func TestRetryAfter(t *testing.T) {
	t.Parallel()
	b := newBench(t, Target{})
	b.answer = func(channel.Message) error { return &channel.Error{After: 40 * time.Minute, Err: errors.New("429")} }
	b.tell(notify.Info)
	b.want("first try", b.after(0), "title 1")
	b.want("too early", b.after(39*time.Minute))
	b.want("in time", b.after(2*time.Minute), "title 1")
}

// A wrong credential is told once, and what it cost is sent when a test has
// shown that it works again.
func TestRefused(t *testing.T) {
	t.Parallel()
	b := newBench(t, Target{})
	b.answer = func(channel.Message) error {
		return &channel.Error{Verdict: channel.Refused, Err: errors.New("401 for sesame"), Hint: "renew it"}
	}
	b.tell(notify.Info)
	b.tell(notify.Info)
	b.want("refused", b.after(0), "title 1", "title 2")
	b.want("no more", b.after(24*time.Hour))
	if l := b.log.String(); strings.Count(l, "\n") != 1 || !strings.Contains(l, "renew it") || strings.Contains(l, "sesame") {
		t.Errorf("the journal has:\n%s", l)
	}
	if ps, err := b.store.Problems(t.Context()); err != nil || len(ps) != 1 {
		t.Errorf("problems %v %v", ps, err)
	}
	b.answer = func(channel.Message) error { return nil }
	e := notify.Event{ID: "t", Kind: notify.Test, Severity: notify.Info, Title: "test"}
	if _, err := b.store.Accept(t.Context(), e, []outbox.To{{Target: "phone"}}, b.clock); err != nil {
		t.Fatal(err)
	}
	b.want("mended", b.after(0), "test", "title 1", "title 2")
	if ps, err := b.store.Problems(t.Context()); err != nil || len(ps) != 0 || b.states() != "map[delivered:3]" {
		t.Errorf("problems %v %v, %s", ps, err, b.states())
	}
}

// A message that the receiver cannot take stops no other.
func TestRejected(t *testing.T) {
	t.Parallel()
	b := newBench(t, Target{})
	b.answer = func(m channel.Message) error {
		if m.Event.ID == "e1" {
			return &channel.Error{Verdict: channel.Rejected, Err: errors.New("413")}
		}
		return nil
	}
	b.tell(notify.Info)
	b.tell(notify.Info)
	b.want("both tried", b.after(0), "title 1", "title 2")
	if got := b.states(); got != "map[delivered:1 rejected:1]" {
		t.Error(got)
	}
}

// More than the limit become one message, which stays one when it fails.
func TestLimit(t *testing.T) {
	t.Parallel()
	b := newBench(t, Target{Limit: 3, Per: config.Duration(10 * time.Minute)})
	b.tell(notify.Info)
	b.want("alone", b.after(0), "title 1")
	for range 200 {
		b.tell(notify.Info)
	}
	b.tell(notify.Critical)
	b.answer = func(channel.Message) error { return &channel.Error{Err: errors.New("away")} }
	b.want("burst", b.after(0), "201 notifications")
	first := b.got[0]
	if first.Event.Severity != notify.Critical || len(first.Event.Text) > 2000 || !strings.Contains(first.Event.Text, "title 2\n") || !strings.HasSuffix(first.Event.Text, "and 171 more") {
		t.Errorf("the summary is %+v", first.Event)
	}
	b.answer = func(channel.Message) error { return nil }
	b.tell(notify.Info)
	b.want("again", b.after(time.Hour), "201 notifications", "title 203")
	if b.got[0].ID != first.ID || b.got[0].Event != first.Event {
		t.Errorf("the summary became another: %+v", b.got[0])
	}
	b.tell(notify.Info)
	b.tell(notify.Info)
	b.tell(notify.Info)
	b.want("what is left", b.after(0), "3 notifications")
	b.tell(notify.Info)
	b.want("none is left", b.after(time.Minute))
	b.want("the next", b.after(10*time.Minute), "title 207")
	if got := b.states(); got != "map[delivered:207]" {
		t.Error(got)
	}
}

func TestQuiet(t *testing.T) {
	t.Parallel()
	b := newBench(t, Target{Quiet: "22:00-07:00", Wakes: notify.Critical})
	b.clock = time.Date(2026, 3, 2, 21, 59, 0, 0, time.Local)
	b.tell(notify.Info)
	b.want("before", b.after(0), "title 1")
	b.tell(notify.Warning)
	b.want("at night", b.after(2*time.Minute))
	b.tell(notify.Critical)
	b.want("critical", b.after(time.Hour), "title 3")
	b.want("still", b.after(7*time.Hour))
	b.want("in the morning", b.after(time.Hour), "title 2")
}

// The end of the quiet hours is what the clock on the wall shows, also in the
// nights that are longer and shorter.
func TestHours(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ hours, now, want string }{
		{"22:00-07:00", "2026-03-28 23:30", "2026-03-29 07:00"},
		{"22:00-07:00", "2026-10-24 23:30", "2026-10-25 07:00"},
		{"22:00-07:00", "2026-10-25 06:59", "2026-10-25 07:00"},
		{"22:00-07:00", "2026-10-25 07:00", ""},
		{"22:00-07:00", "2026-12-31 22:00", "2027-01-01 07:00"},
		{"12:00-13:30", "2026-06-01 12:00", "2026-06-01 13:30"},
		{"12:00-13:30", "2026-06-01 13:30", ""},
		{"00:00-06:00", "2026-06-01 23:59", ""},
		{"23:59-00:00", "2026-06-01 23:59", "2026-06-02 00:00"},
		{"01:00-02:30", "2026-03-29 01:30", "2026-03-29 03:30"}, // 02:30 is not on that day
	} {
		h, err := parseHours(tt.hours)
		if err != nil {
			t.Fatal(err)
		}
		now, _ := time.ParseInLocation("2006-01-02 15:04", tt.now, berlin)
		got := ""
		if end, ok := h.end(now); ok {
			got = end.Format("2006-01-02 15:04")
		}
		if got != tt.want {
			t.Errorf("%s at %s: until %q, want %q", tt.hours, tt.now, got, tt.want)
		}
	}
	for _, s := range []string{"", "22-07", "22:00", "24:00-07:00", "22:00-22:00", "x-y", "22:00-07:00-08:00"} {
		if _, err := parseHours(s); err == nil {
			t.Errorf("%q are hours", s)
		}
	}
}

// A clock that was wrong for a while holds nothing back for long.
func TestWrongClock(t *testing.T) {
	t.Parallel()
	b := newBench(t, Target{Limit: 1})
	b.clock = b.clock.AddDate(10, 0, 0)
	b.tell(notify.Info)
	b.want("ten years on", b.after(0), "title 1")
	b.answer = func(channel.Message) error { return &channel.Error{Err: errors.New("away")} }
	b.tell(notify.Info)
	b.after(10 * time.Minute)
	b.answer = func(channel.Message) error { return nil }
	b.clock = b.clock.AddDate(-10, 0, 0)
	if _, err := b.store.Tidy(t.Context(), []string{"phone"}, b.clock.Add(-time.Hour), b.clock.Add(-time.Hour), 100, b.clock); err != nil {
		t.Fatal(err)
	}
	got := append(b.after(25*time.Hour), b.after(25*time.Hour)...)
	b.want("set right", got, "title 2")
}

func TestTidy(t *testing.T) {
	t.Parallel()
	b := newBench(t, Target{Limit: 100})
	for range 10 {
		b.tell(notify.Info)
	}
	tidy := func(age time.Duration, most int, targets ...string) int64 {
		n, err := b.store.Tidy(t.Context(), targets, b.clock.Add(-age), b.clock.Add(-720*time.Hour), most, b.clock)
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
	if n := tidy(time.Hour, 6, "phone"); n != 4 {
		t.Errorf("%d beyond the newest six were given up", n)
	}
	b.want("the newest", b.after(0), "title 5", "title 6", "title 7", "title 8", "title 9", "title 10")
	b.tell(notify.Info)
	b.clock = b.clock.Add(2 * time.Hour)
	b.tell(notify.Info)
	if n := tidy(time.Hour, 6, "phone"); n != 1 {
		t.Errorf("%d that were too old were given up", n)
	}
	if n := tidy(time.Hour, 6, "laptop"); n != 1 {
		t.Errorf("%d for a target that is no more were given up", n)
	}
	e := notify.Event{ID: "e5", Kind: notify.Disk, Severity: notify.Info, Title: "again"}
	if isNew, err := b.store.Accept(t.Context(), e, nil, b.clock); isNew || err != nil {
		t.Errorf("a known id is new (%v)", err)
	}
	b.clock = b.clock.Add(721 * time.Hour)
	tidy(time.Hour, 6, "phone")
	if got := b.states(); got != "map[]" {
		t.Errorf("after a month there are %s", got)
	}
}

func TestConfig(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`[[target]]
name = "phone"
channel = "ntfy"
url = "https://ntfy.sh/x"
kinds = ["digest"]
quiet = "22:00-07:00"
`: "",
		"[[target]]\nname = \"A\"\nchannel = \"desktop\"":                                                      "is no name",
		"[[target]]\nname = \"a\"\nchannel = \"pager\"":                                                        "none of desktop",
		"[[target]]\nname = \"a\"\nchannel = \"desktop\"\ncolour = 1":                                          "colour",
		"[[target]]\nname = \"a\"\nchannel = \"desktop\"\nurl = \"https://a/b\"":                               "does not know it",
		"[[target]]\nname = \"a\"\nchannel = \"ntfy\"\nurl = \"https://ntfy.sh/\"":                             "names no topic",
		"[[target]]\nname = \"a\"\nchannel = \"gotify\"\nurl = \"http://gotify.lan\"":                          "not encrypted",
		"[[target]]\nname = \"a\"\nchannel = \"gotify\"\nurl = \"http://gotify.lan\"\nplain = true":            "",
		"[[target]]\nname = \"a\"\nchannel = \"telegram\"":                                                     "needs it",
		"[[target]]\nname = \"a\"\nchannel = \"email\"\nserver = \"m:587\"\nfrom = \"a@b\"\nto = [\"nobody\"]": "is no address",
		"[[target]]\nname = \"a\"\nchannel = \"email\"\nserver = \"m\"\nfrom = \"a@b\"\nto = [\"a@b\"]":        "port",
		"[[target]]\nname = \"a\"\nchannel = \"desktop\"\nkinds = [\"digset\"]":                                "there is no kind",
		"[[target]]\nname = \"a\"\nchannel = \"desktop\"\nseverity = \"loud\"":                                 "none of info",
		"[[target]]\nname = \"a\"\nchannel = \"desktop\"\nquiet = \"at night\"":                                "are no hours",
		"[[target]]\nname = \"a\"\nchannel = \"desktop\"\n[[target]]\nname = \"a\"\nchannel = \"desktop\"":     "there twice",
		"max_age = \"90d\"": "30 days",
	} {
		cfg := Default()
		err := config.Decode("panther-notify.toml", []byte("version = 1\n"+text+"\n"), &cfg)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s\n%v, want %q", text, err, want)
		}
	}
}
