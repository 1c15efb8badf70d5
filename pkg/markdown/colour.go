package markdown

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
)

// near reports whether no eye tells the two colours apart.
func near(a, b [3]int) bool {
	for i := range a {
		if d := a[i] - b[i]; d > 12 || d < -12 {
			return false
		}
	}
	return true
}

// colour reads #rgb, #rrggbb, rgb() and the names that pages use for hiding.
func colour(v string) (c [3]int, ok bool) {
	switch v {
	case "white", "snow", "ghostwhite", "ivory", "floralwhite", "mintcream", "azure":
		return [3]int{255, 255, 255}, true
	case "black":
		return c, true
	}
	if strings.HasPrefix(v, "#") && (len(v) == 4 || len(v) == 5) {
		v = "#" + strings.Repeat(v[1:2], 2) + strings.Repeat(v[2:3], 2) + strings.Repeat(v[3:4], 2)
	}
	if strings.HasPrefix(v, "#") && len(v) >= 7 {
		n, err := strconv.ParseUint(v[1:7], 16, 32)
		return [3]int{int(n >> 16), int(n >> 8 & 255), int(n & 255)}, err == nil
	}
	_, args, found := strings.Cut(v, "rgb")
	args = strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(args, "a"), "("), ")")
	parts := strings.FieldsFunc(args, func(r rune) bool { return r == ',' || r == '/' })
	if !found || len(parts) < 3 {
		return c, false
	}
	for i := range c {
		n, err := strconv.ParseFloat(strings.TrimSuffix(parts[i], "%"), 64)
		if err != nil {
			return c, false
		}
		if strings.HasSuffix(parts[i], "%") {
			n *= 2.55
		}
		c[i] = int(n)
	}
	return c, true
}

// length splits a CSS length into number and unit.
func length(v string) (float64, string, bool) {
	i := 0
	for i < len(v) && (v[i] >= '0' && v[i] <= '9' || strings.IndexByte("+-.", v[i]) >= 0) {
		i++
	}
	n, err := strconv.ParseFloat(v[:i], 64)
	unit := v[i:]
	if j := strings.IndexAny(unit, ",) "); j >= 0 {
		unit = unit[:j]
	}
	return n, unit, err == nil
}

func isZero(v string) bool {
	n, _, ok := length(v)
	return ok && n == 0
}

// small reports whether a length is at most limit pixels.
func small(v string, limit float64) bool {
	n, unit, ok := length(v)
	if !ok || n < 0 {
		return ok
	}
	return n == 0 || (unit == "px" || unit == "pt" || unit == "") && n <= limit || (unit == "em" || unit == "rem") && n*16 <= limit || unit == "%" && n <= 1
}

// far reports whether a length leads off any screen to the left or the top.
func far(v string) bool {
	n, unit, ok := length(v)
	if !ok {
		return false
	}
	switch unit {
	case "px", "pt", "":
		return n <= -500 || n >= 9000
	case "em", "rem":
		return n <= -50 || n >= 500
	case "%", "vw", "vh":
		return n <= -100 || n >= 1000
	}
	return false
}

// sameColour reports whether the text of n has the colour of what is behind it, as far as the page itself says.
func (h *hider) sameColour(n *html.Node, d declarations) bool {
	text, ok := colour(d["color"])
	if !ok || textLen(n, 1) == 0 {
		return false
	}
	behind := background(d)
	if behind == "" {
		behind = h.background(n.Parent)
	}
	back, ok := colour(behind)
	return ok && near(text, back)
}

// background returns the colour behind n, or what is no colour where a sheet that is not here may give it one.
func (h *hider) background(n *html.Node) string {
	if n == nil || n.Type != html.ElementNode {
		if h.styles.linked {
			return "unknown"
		}
		return "white"
	}
	if v, ok := h.behind[n]; ok {
		return v
	}
	v := background(h.styles.full(n))
	switch {
	case v != "":
	case h.styles.linked && hasAttr(n, "class"):
		v = "unknown"
	default:
		v = h.background(n.Parent)
	}
	h.behind[n] = v
	return v
}

func background(d declarations) string {
	switch v := first(d["background-color"], d["background"]); v {
	case "transparent", "none", "inherit", "initial", "unset":
		return ""
	default:
		return v
	}
}
