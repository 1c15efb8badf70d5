package crawl

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"panther/pkg/config"
	"panther/pkg/crawl/control"
	"panther/pkg/crawl/source"
	"panther/pkg/knowledge"
	"panther/pkg/sd"
)

// Desk does what package control asks for.
type Desk struct {
	control.Visitor
	Fixed string // configuration file that an administrator writes; "" if there is none
	File  string // the one that is changed here
	// Uploads is the folder of files that people upload; "" keeps none.
	Uploads string
	// Load reads the configuration of both.
	Load func() (Config, error)

	mu sync.Mutex // held while the file is changed
}

// samplePages is how many pages a new source is shown with.
const samplePages = 5

// wrong is what the caller did wrong.
func wrong(status int, err error) error {
	return &control.Error{Status: status, Text: err.Error(), Hint: sd.HintOf(err)}
}

// Sources implements control.Desk.
func (d *Desk) Sources(context.Context) ([]control.Source, error) {
	cfg, err := d.Load()
	if err != nil {
		return nil, wrong(http.StatusConflict, err)
	}
	out := make([]control.Source, 0, len(cfg.Sources))
	for _, s := range cfg.Sources {
		out = append(out, d.show(s))
	}
	return out, nil
}

// show is a source as others see it.
func (d *Desk) show(s source.Source) control.Source {
	out := control.Source{Name: s.Name, Kind: s.Complete().Kind, Location: s.Location(), File: d.File, Editable: true, Settings: control.Settings{
		Schedule: s.Complete().Schedule, Tags: s.Tags, Version: s.Version, Versions: s.Versions, Include: s.Include, Exclude: s.Exclude, Render: s.Render, Ref: s.Ref,
		MaxPages: s.Complete().MaxPages, MaxRemoved: s.Complete().MaxRemoved, AllowPrivate: s.AllowPrivate, Indices: s.Indices, OCR: s.OCR, Code: s.Code,
		Enabled: !s.Disabled}}
	var err error
	if out.Table, err = Table(d.File, s.Name); err != nil && d.Fixed != "" {
		out.File, out.Editable = d.Fixed, false
		out.Table, _ = Table(d.Fixed, s.Name) // one that cannot be read is not shown
	}
	out.Table = strings.TrimSpace(out.Table)
	return out
}

// recognise tells what a place is, by its address and a look at it.
func (d *Desk) recognise(ctx context.Context, p control.Place) (source.Source, string, error) {
	place := strings.TrimSpace(p.Place)
	if rest, ok := strings.CutPrefix(place, "~/"); ok {
		if home, err := os.UserHomeDir(); err == nil {
			place = filepath.Join(home, rest)
		}
	}
	if !filepath.IsAbs(place) && !strings.Contains(place, ".") && !strings.Contains(place, ":") {
		return source.Source{}, "", &control.Error{Status: http.StatusBadRequest, Text: fmt.Sprintf("%q is neither an address nor the absolute path of a folder", place),
			Hint: "for example https://docs.example.com/guide/ or /home/you/notes"}
	}
	if !filepath.IsAbs(place) && !strings.Contains(place, "://") {
		place = "https://" + place // a file of that name beside the process means nothing to who asks
	}
	s, err := Guess(place)
	if err != nil {
		return s, "", wrong(http.StatusBadRequest, err)
	}
	if p.Name != "" {
		s.Name = p.Name
	}
	s.Schedule, s.Tags, s.Version, s.Versions = p.Schedule, p.Tags, p.Version, p.Versions
	s.Code, s.AllowPrivate = s.Code || p.Code, p.AllowPrivate
	if err := s.Validate("source"); err != nil {
		return s, "", wrong(http.StatusBadRequest, err)
	}
	note := ""
	looked, err := Look(ctx, s)
	var dns *net.DNSError
	switch {
	case errors.As(err, &dns) && dns.IsNotFound:
		return s, "", &control.Error{Status: http.StatusBadRequest, Text: fmt.Sprintf("the host %s does not resolve", dns.Name), Hint: "correct the address"}
	case err != nil:
		note = "only its address was judged: " + err.Error()
	default:
		s = looked
	}
	return s, note, nil
}

// Look implements control.Desk.
func (d *Desk) Look(ctx context.Context, p control.Place) (*control.Seen, error) {
	s, note, err := d.recognise(ctx, p)
	if err != nil {
		return nil, err
	}
	seen := &control.Seen{Source: d.show(s), Samples: []control.Sample{}, Note: note}
	seen.Source.Table = strings.TrimSpace(table(s))
	seen.Source.File, seen.Source.Editable = d.File, true
	if old, ok, err := d.same(s); err != nil {
		return nil, err
	} else if ok {
		seen.Source, seen.Exists = d.show(old), true
	}
	samples, err := Sample(ctx, s, samplePages)
	switch {
	case err != nil && note == "":
		seen.Note = "its first pages could not be read: " + err.Error()
	case len(samples) == 0 && note == "" && s.Kind != source.Git && s.Kind != source.Confluence:
		seen.Note = "no document was found in it"
	}
	seen.Samples = append(seen.Samples, samples...)
	return seen, nil
}

// same returns the configured source that is at the same place.
func (d *Desk) same(s source.Source) (source.Source, bool, error) {
	cfg, err := d.Load()
	if err != nil {
		return s, false, wrong(http.StatusConflict, err)
	}
	i := slices.IndexFunc(cfg.Sources, func(o source.Source) bool {
		o = o.Complete()
		return o.Kind == s.Complete().Kind && o.Location() == s.Location() && slices.Equal(o.Include, s.Include)
	})
	if i < 0 {
		return s, false, nil
	}
	return cfg.Sources[i], true, nil
}

// Add implements control.Desk.
func (d *Desk) Add(ctx context.Context, p control.Place) (*control.Seen, error) {
	s, note, err := d.recognise(ctx, p)
	if err != nil {
		return nil, err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	seen := &control.Seen{Samples: []control.Sample{}, Note: note}
	if old, ok, err := d.same(s); err != nil || ok {
		seen.Source, seen.Exists = d.show(old), true
		return seen, err
	}
	if cfg, err := d.Load(); err == nil {
		if _, taken := cfg.find(s.Name); taken {
			return nil, &control.Error{Status: http.StatusConflict, Text: fmt.Sprintf("there is another source of the name %q", s.Name), Hint: "give it another name"}
		}
	}
	if err := Add(d.File, s); err != nil {
		return nil, refused(err)
	}
	seen.Source = d.show(s)
	d.register(ctx, s)
	return seen, nil
}

// refused is why the configuration was not changed.
func refused(err error) error {
	switch {
	case errors.Is(err, ErrNoSource):
		return wrong(http.StatusNotFound, err)
	case errors.Is(err, fs.ErrPermission), errors.Is(err, fs.ErrNotExist):
		return wrong(http.StatusConflict, err)
	}
	return wrong(http.StatusBadRequest, err)
}

// register lists a source before its first visit. The crawler does it again, so
// that a failure is only a later sight of it.
func (d *Desk) register(ctx context.Context, s source.Source) {
	cfg, err := d.Load()
	if err != nil {
		return
	}
	k := knowledge.NewClient(cfg.AgentDB, "")
	defer k.Close()
	s = s.Complete()
	reg := knowledge.Source{Name: s.Name, Kind: s.Kind, Location: s.Location(), Schedule: s.Schedule, Tags: s.Tags}
	if next := s.Next(time.Now()).UTC(); !s.Disabled {
		reg.NextRun = &next
	}
	_ = k.PutSource(knowledge.WithPatience(ctx, time.Second), reg)
}

// fixed refuses to change what an administrator wrote.
func (d *Desk) fixed(name string) error {
	if d.Fixed == "" {
		return nil
	}
	if _, err := Table(d.File, name); err == nil {
		return nil
	}
	if _, err := Table(d.Fixed, name); err == nil {
		return &control.Error{Status: http.StatusConflict, Text: fmt.Sprintf("the source %s is configured in %s, which only root changes", name, d.Fixed),
			Hint: "sudo panther sources edit " + name + " … (or remove)"}
	}
	return nil
}

// Edit implements control.Desk.
func (d *Desk) Edit(ctx context.Context, name string, c control.Change) (*control.Source, error) {
	settings := settingsOf(c)
	if len(settings) == 0 {
		return nil, &control.Error{Status: http.StatusBadRequest, Text: "nothing is to be changed"}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if err := d.fixed(name); err != nil {
		return nil, err
	}
	if err := Edit(d.File, name, settings); errors.Is(err, fs.ErrNotExist) {
		return nil, wrong(http.StatusNotFound, fmt.Errorf("edit source %s: %w", name, ErrNoSource))
	} else if err != nil {
		return nil, refused(err)
	}
	cfg, err := d.Load()
	if err != nil {
		return nil, wrong(http.StatusConflict, err)
	}
	for _, s := range cfg.Sources {
		if s.Name == name {
			d.register(ctx, s)
			out := d.show(s)
			return &out, nil
		}
	}
	return nil, wrong(http.StatusNotFound, ErrNoSource)
}

// settingsOf returns the settings that a change names, by their keys.
func settingsOf(c control.Change) map[string]any {
	out := map[string]any{}
	set(out, "schedule", c.Schedule)
	set(out, "versions", c.Versions)
	set(out, "tags", c.Tags)
	set(out, "version", c.Version)
	set(out, "include", c.Include)
	set(out, "exclude", c.Exclude)
	set(out, "render", c.Render)
	set(out, "ref", c.Ref)
	set(out, "max_pages", c.MaxPages)
	set(out, "max_removed", c.MaxRemoved)
	set(out, "allow_private", c.AllowPrivate)
	set(out, "indices", c.Indices)
	set(out, "ocr", c.OCR)
	set(out, "code", c.Code)
	if c.Enabled != nil {
		out["disabled"] = !*c.Enabled
	}
	return out
}

func set[T any](out map[string]any, key string, v *T) {
	if v != nil {
		out[key] = *v
	}
}

// Remove implements control.Desk: it ends a visit of the source, and takes its
// documents out of agentdb too.
func (d *Desk) Remove(ctx context.Context, name string) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	cfg, err := d.Load()
	if err != nil {
		return wrong(http.StatusConflict, err)
	}
	if err := d.fixed(name); err != nil {
		return err
	}
	d.Interrupt(name)
	if s, ok := cfg.find(name); ok {
		d.dropUploads(s)
	}
	err = Remove(d.File, name)
	none := errors.Is(err, ErrNoSource) || errors.Is(err, fs.ErrNotExist)
	if err != nil && !none {
		return refused(err)
	}
	k := knowledge.NewClient(cfg.AgentDB, "")
	defer k.Close()
	gone := k.DeleteSource(knowledge.WithPatience(ctx, time.Second), name)
	switch {
	case errors.Is(gone, knowledge.ErrNotFound) && none:
		return wrong(http.StatusNotFound, fmt.Errorf("remove source %s: %w", name, ErrNoSource))
	case gone != nil && !errors.Is(gone, knowledge.ErrNotFound):
		return wrong(http.StatusServiceUnavailable, fmt.Errorf("the source is no longer visited, but its documents are still there: %w", gone))
	}
	return nil
}

// LoadAdded reads the configuration file at fixed, and adds the sources of
// another file: those of the same name count as they are in the first.
func LoadAdded(fixed, added string) (Config, error) {
	cfg, more := Default(), Default()
	if err := config.Load(fixed, &cfg); err != nil {
		return cfg, err
	}
	if _, err := os.Stat(added); errors.Is(err, fs.ErrNotExist) {
		return cfg, nil
	}
	if err := config.Load(added, &more); err != nil {
		return cfg, err
	}
	for _, s := range more.Sources {
		if _, taken := cfg.find(s.Name); !taken {
			cfg.Sources = append(cfg.Sources, s)
		}
	}
	return cfg, nil
}
