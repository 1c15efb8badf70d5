package provider

import (
	"bytes"
	"encoding/json"
	"html"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// said is what a server told of a failure.
type said struct {
	text   string
	codes  string // what it calls the failure, in lower case: code, type, status, param
	status int    // in the body; 0 if there is none
}

// readSaid finds the words in the body of an error: there is no shape on which
// servers agree. JSON is looked through for its messages, HTML for its title.
func readSaid(body []byte) said {
	var s said
	body = bytes.TrimSpace(body)
	var v any
	if d := json.NewDecoder(bytes.NewReader(body)); d.Decode(&v) == nil {
		s.text = s.words(v, 0)
	} else if t := string(body); strings.HasPrefix(t, "<") {
		s.text = pageText(t)
	} else {
		s.text = t
	}
	s.text = strings.Join(strings.Fields(s.text), " ")
	if len(s.text) > 500 {
		s.text = strings.ToValidUTF8(s.text[:500], "") + "…"
	}
	return s
}

// keys of messages, in the order in which they are told.
var textKeys = []string{"error", "message", "msg", "detail", "details", "errors", "error_message", "errormessage", "error_description", "description", "title", "reason", "fault", "faultstring", "metadata", "raw"}

var codeKeys = []string{"code", "type", "status", "param", "error_code", "error_type", "errortype", "__type", "errorcode"}

func (s *said) words(v any, depth int) string {
	if depth > 8 {
		return ""
	}
	switch v := v.(type) {
	case string:
		if t := strings.TrimSpace(v); strings.HasPrefix(t, "{") || strings.HasPrefix(t, "[") {
			var inner any
			if json.Unmarshal([]byte(t), &inner) == nil {
				if w := s.words(inner, depth+1); w != "" {
					return w
				}
			}
		}
		return strings.TrimSpace(v)
	case []any:
		var all []string
		for _, e := range v[:min(len(v), 5)] {
			all = add(all, s.words(e, depth+1))
		}
		return strings.Join(all, "; ")
	case map[string]any:
		low := make(map[string]any, len(v))
		for k, e := range v {
			low[strings.ToLower(k)] = e
		}
		for _, k := range codeKeys {
			s.code(low[k])
		}
		var all []string
		for _, k := range textKeys {
			all = add(all, s.words(low[k], depth+1))
		}
		text := strings.Join(all, ": ")
		if where := place(low["loc"]); where != "" && text != "" {
			text = where + ": " + text
		}
		return text
	}
	return ""
}

func (s *said) code(v any) {
	switch v := v.(type) {
	case string:
		s.codes += strings.ToLower(v) + " "
		if n, err := strconv.Atoi(v); err == nil {
			s.code(float64(n))
		}
	case float64:
		if v >= 400 && v < 600 {
			s.status = int(v)
		}
	}
}

// add appends a text that says something new.
func add(all []string, t string) []string {
	if t == "" || slices.ContainsFunc(all, func(o string) bool { return strings.Contains(o, t) }) {
		return all
	}
	return append(all, t)
}

// place reads where in a request FastAPI found the error.
func place(v any) string {
	list, _ := v.([]any)
	var parts []string
	for _, e := range list {
		switch e := e.(type) {
		case string:
			parts = append(parts, e)
		case float64:
			parts = append(parts, strconv.Itoa(int(e)))
		}
	}
	return strings.Join(parts, ".")
}

var (
	pageTitle = regexp.MustCompile(`(?is)<(?:title|h1)[^>]*>(.*?)</(?:title|h1)`)
	pageCode  = regexp.MustCompile(`(?is)<(script|style)\b.*?</(script|style)>|<[^>]*>`)
)

func pageText(page string) string {
	if m := pageTitle.FindStringSubmatch(page); m != nil {
		page = m[1]
	}
	return html.UnescapeString(pageCode.ReplaceAllString(page, " "))
}
