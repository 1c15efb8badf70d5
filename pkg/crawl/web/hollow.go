package web

import (
	"fmt"

	"panther/pkg/crawl/source"
)

// noteHollow counts a page that is empty without scripts.
func (s *Site) noteHollow(address string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hollow++; s.hollow == 1 {
		s.hollowURL = address
	}
}

// warnHollow says how many pages were left out since their scripts did not run,
// and what runs them.
func (s *Site) warnHollow() {
	s.mu.Lock()
	n, first := s.hollow, s.hollowURL
	s.mu.Unlock()
	if n == 0 {
		return
	}
	what := `set render = "auto" for the source, and install panther-render`
	if s.src.Render == source.Auto || s.src.Render == source.Always {
		what = "install panther-render with Chromium, or see: systemctl status panther-render"
	}
	s.v.Warn(fmt.Sprintf("%d pages are empty without scripts and were left out, the first %s: %s", n, first, what))
}
