package web

import (
	"net/url"
	"regexp"
	"strings"

	"panther/pkg/crawl/text"
)

// firstTag is the group in which a viewer shows an operation.
func firstTag(o text.Operation) string {
	if len(o.Tags) == 0 {
		return ""
	}
	return o.Tags[0]
}

var (
	notWord    = regexp.MustCompile(`\W`)
	notRapidoc = regexp.MustCompile(`[\s#:?&={}]`)
	notSlug    = regexp.MustCompile(`[^\w-]+`)
)

func redocAnchor(o text.Operation) string {
	name := "/operation/" + o.ID
	if o.ID == "" {
		name = "/paths/" + strings.ReplaceAll(strings.ReplaceAll(o.Path, "~", "~0"), "/", "~1") + "/" + o.Method
	}
	if tag := firstTag(o); tag != "" {
		return "tag/" + strings.ReplaceAll(tag, " ", "-") + name
	}
	if o.ID != "" {
		return name[1:]
	}
	return name
}

func swaggerAnchor(o text.Operation) string {
	tag, id := firstTag(o), o.ID
	if tag == "" {
		tag = "default"
	}
	if id == "" {
		id = o.Method + notWord.ReplaceAllString(o.Path, "_")
	}
	return "/" + component(tag) + "/" + component(id)
}

// component is a part of an address as encodeURIComponent writes it.
func component(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "+", "%20") }

func rapidocAnchor(o text.Operation) string {
	return o.Method + "-" + notRapidoc.ReplaceAllString(o.Path, "-")
}

func elementsAnchor(o text.Operation) string {
	if o.ID != "" {
		return "/operations/" + o.ID
	}
	return "/paths/" + strings.Trim(notSlug.ReplaceAllString(strings.ReplaceAll(o.Path, "/", "-"), ""), "-") + "/" + o.Method
}

func scalarAnchor(o text.Operation) string {
	tag := firstTag(o)
	if tag == "" {
		tag = "default"
	}
	tag = strings.ToLower(notSlug.ReplaceAllString(strings.ReplaceAll(tag, " ", "-"), ""))
	return "tag/" + tag + "/" + strings.ToUpper(o.Method) + o.Path
}
