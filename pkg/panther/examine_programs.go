package panther

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"panther/pkg/config"
	"panther/pkg/crawl"
	"panther/pkg/crawl/render"
	"panther/pkg/crawl/source"
	"panther/pkg/sd"
)

// helper is an optional program and what is missing without it.
type helper struct {
	names   []string // of the command; one of them is enough
	pkg     string
	unit    string // that runs it
	without string
	needed  func(source.Source) bool // by a source, for sure
}

func helpers() []helper {
	out := []helper{
		{names: []string{"git"}, pkg: "git", unit: "panther-crawl", without: "repositories cannot be read",
			needed: func(s source.Source) bool { return s.Kind == source.Git }},
		{names: render.Browsers, pkg: "chromium", unit: "panther-render", without: "pages are read as they are sent, without what their scripts add",
			needed: func(s source.Source) bool { return s.Render == source.Auto || s.Render == source.Always }},
	}
	for _, p := range render.Programs() {
		h := helper{names: []string{p.Name}, pkg: p.Package, unit: "panther-render", without: strings.Join(p.Reads, ", ") + " files are left out"}
		if p.Name == "tesseract" {
			h.without = "PDF files that are images only have no text (ocr = true)"
			h.needed = func(s source.Source) bool { return s.OCR }
		}
		out = append(out, h)
	}
	return out
}

// programs tells which optional programs are here and what goes without the
// others. A missing one is a warning only where a source asks for it.
func (c *checkup) programs(dir string) {
	cfg := crawl.Default()
	if path := filepath.Join(dir, crawl.Name+".toml"); exists(path) {
		_ = config.Load(path, &cfg) // the check of the configuration says why
	}
	var here []string
	for _, h := range helpers() {
		i := slices.IndexFunc(h.names, func(name string) bool { _, err := exec.LookPath(name); return err == nil })
		needs := slices.IndexFunc(cfg.Sources, func(s source.Source) bool { return h.needed != nil && h.needed(s.Complete()) })
		hint := sd.PackageHint(h.pkg, h.unit)
		switch {
		case i >= 0:
			here = append(here, h.names[i])
		case needs >= 0:
			c.warn("program "+h.names[0], hint, "is not installed, and source %s needs it: %s", cfg.Sources[needs].Complete().Name, h.without)
		default:
			c.note("program "+h.names[0], hint, "is not installed: %s", h.without)
		}
	}
	if len(here) > 0 {
		c.ok("programs", "%s", strings.Join(here, ", "))
	}
}
