package panther

import (
	"os/exec"
	"path/filepath"
	"strings"

	"panther/pkg/config"
	"panther/pkg/crawl"
	"panther/pkg/crawl/render"
	"panther/pkg/crawl/source"
	"panther/pkg/sd"
)

// readers tells which optional programs read the files of folders and
// repositories here, if there are such sources. A missing one is no problem
// unless a source asks for it.
func (c *checkup) readers(dir string) {
	cfg := crawl.Default()
	path := filepath.Join(dir, crawl.Name+".toml")
	if !exists(path) || config.Load(path, &cfg) != nil {
		return // the check of the configuration says so
	}
	files, scans := false, false
	for _, s := range cfg.Sources {
		files = files || s.Kind == source.Files || s.Kind == source.Git
		scans = scans || s.OCR
	}
	if !files {
		return
	}
	var here, missing []string
	for _, p := range render.Programs() {
		_, err := exec.LookPath(p.Name)
		switch {
		case err == nil:
			here = append(here, p.Name)
		case scans && p.Name == "tesseract":
			c.warn("readers", sd.PackageHint(p.Package, "panther-render"), "a source has ocr = true, and %s is not installed", p.Name)
		default:
			missing = append(missing, p.Name+" ("+strings.Join(p.Reads, ", ")+")")
		}
	}
	line := or(strings.Join(here, ", "), "none")
	if len(missing) > 0 {
		line += "; not installed: " + strings.Join(missing, ", ")
	}
	c.ok("readers", "%s", line)
}
