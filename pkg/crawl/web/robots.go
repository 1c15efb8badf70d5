package web

import (
	"net/http"
	"strings"
	"time"
)

// directives are what a page asks of robots, in its head or in X-Robots-Tag.
type directives struct{ noIndex, noFollow bool }

// add reads a list: "noindex, nofollow", "none", "unavailable_after: DATE".
func (d *directives) add(list string, now time.Time) {
	for _, w := range strings.FieldsFunc(strings.ToLower(list), func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
		switch w {
		case "noindex":
			d.noIndex = true
		case "nofollow":
			d.noFollow = true
		case "none":
			d.noIndex, d.noFollow = true, true
		}
	}
	if i := strings.Index(strings.ToLower(list), after); i >= 0 {
		for _, layout := range []string{time.RFC1123, time.RFC1123Z, time.RFC850, time.RFC3339, time.DateOnly, "02 Jan 2006 15:04:05 MST", "02-Jan-2006 15:04:05 MST"} {
			if t, err := time.Parse(layout, strings.TrimSpace(list[i+len(after):])); err == nil && t.Before(now) {
				d.noIndex = true
			}
		}
	}
}

const after = "unavailable_after:"

// robotsHeader reads X-Robots-Tag: lists for everybody, and "AGENT: list" for one.
func robotsHeader(h http.Header, now time.Time) (d directives) {
	for _, line := range h.Values("X-Robots-Tag") {
		agent, list, named := strings.Cut(line, ":")
		agent = strings.ToLower(strings.TrimSpace(agent))
		switch {
		case !named, strings.ContainsAny(agent, ", ") || settings[agent]:
			d.add(line, now)
		case agent == Agent || agent == "*":
			d.add(list, now)
		}
	}
	return d
}

// settings are the directives that have a value behind a colon, which are no
// names of agents.
var settings = map[string]bool{"unavailable_after": true, "max-snippet": true, "max-image-preview": true, "max-video-preview": true}
