package markdown

import (
	"path"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// embed makes a link of what the region embeds, or takes what the page offers instead, and finds the pictures that a
// script would load.
func (x *extraction) embed() {
	for _, n := range findAll(x.region, isEmbedded) {
		switch n.DataAtom {
		case atom.Noscript:
			x.scriptless(n)
		case atom.Object:
			if textLen(n, 1) > 0 || find(n, func(c *html.Node) bool { return isElement(c, atom.Img) }) != nil {
				unwrap(n)
				continue
			}
			x.embedded(n, attr(n, "data"))
		default:
			x.embedded(n, mediaAddress(n))
		}
	}
}

func isEmbedded(n *html.Node) bool {
	return isElement(n, atom.Object, atom.Embed, atom.Iframe, atom.Video, atom.Audio, atom.Noscript)
}

func mediaAddress(n *html.Node) string {
	src := first(attr(n, "src"), attr(n, "data-src"))
	if source := find(n, func(c *html.Node) bool { return isElement(c, atom.Source) && hasAttr(c, "src") }); src == "" && source != nil {
		src = attr(source, "src")
	}
	return src
}

// embedded replaces n by a link to what it shows.
func (x *extraction) embedded(n *html.Node, src string) {
	address := resolve(x.base, src)
	if !strings.Contains(address, "://") || unspoken(n) || isBeacon(n, address) {
		x.drop(n, "embedded, without an address to read")
		return
	}
	label := squeeze(first(attr(n, "title"), attr(n, "aria-label")))
	if label == "" && x.prose {
		x.drop(n, "embedded, without a title") // an advertisement more often than not
		return
	}
	if label == "" {
		label, _, _ = strings.Cut(address[strings.Index(address, "://")+3:], "?")
		if !isElement(n, atom.Iframe) {
			label = path.Base(label)
		}
	}
	link := element("a", "href", src)
	link.AppendChild(textNode(label))
	holder := element("div")
	holder.AppendChild(link)
	replace(n, holder)
}

// isBeacon reports whether n shows nothing, or an advertisement.
func isBeacon(n *html.Node, address string) bool {
	return slices.Contains([]string{"0", "1", "0px", "1px"}, attr(n, "width")) || slices.Contains([]string{"0", "1", "0px", "1px"}, attr(n, "height")) ||
		slices.ContainsFunc([]string{"googletagmanager", "doubleclick", "googlesyndication", "recaptcha", "amazon-adsystem", "facebook.com/plugins"},
			func(s string) bool { return strings.Contains(address, s) })
}

// scriptless takes the picture in a noscript for the one before it, which a script would load. Of anything else in it
// there is another form on the page.
func (x *extraction) scriptless(n *html.Node) {
	if n.FirstChild == nil || n.FirstChild.Type != html.TextNode || !strings.Contains(n.FirstChild.Data, "<img") || len(n.FirstChild.Data) > 4000 {
		return
	}
	nodes, err := html.ParseFragment(strings.NewReader(n.FirstChild.Data), element("div"))
	if err != nil {
		return
	}
	holder := element("div")
	for _, c := range nodes {
		holder.AppendChild(c)
	}
	img := find(holder, func(c *html.Node) bool { return isElement(c, atom.Img) })
	if img == nil || textLen(holder, 1) > 0 {
		return
	}
	switch shown := previousElement(n); {
	case isElement(shown, atom.Img):
		if pictureAddress(shown) == "" {
			setAttr(shown, "src", pictureAddress(img))
			setAttr(shown, "alt", first(attr(shown, "alt"), attr(img, "alt")))
		}
	case !under(n, atom.Picture):
		remove(img)
		replace(n, img)
	}
}

// lazySources are the attributes in which pages keep a picture's address until it is scrolled into view.
var lazySources = []string{"data-src", "data-lazy-src", "data-original", "data-lazy", "data-original-src", "data-actualsrc", "data-hi-res-src", "data-full-src"}

// pictureAddress returns the address of what an img shows in the end, or "".
func pictureAddress(img *html.Node) string {
	for _, key := range lazySources {
		if src := attr(img, key); isPicture(src) {
			return src
		}
	}
	if src := attr(img, "src"); isPicture(src) {
		return src
	}
	for _, key := range []string{"srcset", "data-srcset", "data-lazy-srcset"} {
		if src := firstSource(attr(img, key)); isPicture(src) {
			return src
		}
	}
	if isElement(img.Parent, atom.Picture) {
		for c := img.Parent.FirstChild; c != nil; c = c.NextSibling {
			if src := firstSource(first(attr(c, "srcset"), attr(c, "data-srcset"))); isElement(c, atom.Source) && isPicture(src) {
				return src
			}
		}
	}
	return ""
}

// isPicture reports whether src is the address of a picture, not one that holds a place.
func isPicture(src string) bool {
	src = strings.TrimSpace(src)
	return src != "" && src != "#" && !strings.HasPrefix(src, "data:") && !strings.HasPrefix(src, "about:")
}

// firstSource returns the first address of a srcset.
func firstSource(set string) string {
	token, _ := nextToken(set)
	return strings.TrimRight(token, ",")
}
