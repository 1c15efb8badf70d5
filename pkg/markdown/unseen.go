package markdown

import (
	"strconv"
	"strings"
)

// folds reports whether the declarations hide an element until something shows it.
func (d declarations) folds() bool {
	if d == nil {
		return false
	}
	if d["display"] == "none" || d["visibility"] == "hidden" || d["visibility"] == "collapse" || d["content-visibility"] == "hidden" {
		return true
	}
	return (isZero(d["height"]) || isZero(d["max-height"])) && strings.HasPrefix(first(d["overflow"], d["overflow-y"]), "hidden")
}

// unseen reports whether an element takes its place and is not drawn there, as what a page blends in.
func (d declarations) unseen() bool {
	return d["visibility"] == "hidden" && d["display"] != "none" && (!isZero(d["height"]) || d["opacity"] != "")
}

// covers says how the declarations keep an element from ever being seen, or "".
func (d declarations) covers() string {
	switch {
	case d == nil:
		return ""
	case d.transparent():
		return "transparent text"
	case isZero(d["zoom"]) || isZero(d["scale"]) || strings.Contains(d["transform"], "scale(0)") || strings.Contains(d["transform"], "scale(0,0)"):
		return "text without size"
	case far(d["text-indent"]):
		return "text off the screen"
	case strings.Contains(d["clip-path"], "inset(50%") || strings.Contains(d["clip-path"], "inset(100%") || strings.Contains(d["clip-path"], "circle(0"):
		return "clipped text"
	case d.tinyBox() && first(d["overflow"], d["overflow-x"]) == "hidden":
		return "text in a box of a pixel"
	}
	if d["position"] == "absolute" || d["position"] == "fixed" {
		if far(d["left"]) || far(d["top"]) || far(d["right"]) || far(d["bottom"]) || far(d["margin-left"]) || far(d["margin-top"]) {
			return "text off the screen"
		}
		if strings.HasPrefix(d["clip"], "rect(") && !strings.ContainsAny(d["clip"], "23456789") {
			return "clipped text"
		}
	}
	if _, args, ok := strings.Cut(d["transform"], "translate"); ok && far(args[strings.IndexByte(args, '(')+1:]) {
		return "text off the screen"
	}
	return ""
}

// transparent reports whether text is see-through, and not because its background shines through it.
func (d declarations) transparent() bool {
	if v := d["opacity"]; v != "" {
		if f, err := strconv.ParseFloat(strings.TrimSuffix(v, "%"), 64); err == nil && (f <= 0.05 || strings.HasSuffix(v, "%") && f <= 5) {
			return true
		}
	}
	color := first(d["-webkit-text-fill-color"], d["color"])
	if first(d["background-clip"], d["-webkit-background-clip"]) != "" {
		return false
	}
	return color == "transparent" || strings.HasPrefix(color, "rgba(") && (strings.HasSuffix(color, ",0)") || strings.HasSuffix(color, ",0.0)")) ||
		len(color) == 9 && color[0] == '#' && strings.HasSuffix(color, "00")
}

// fades reports whether it is the opacity that an element is not seen by.
func (d declarations) fades() bool {
	return d["opacity"] != "" && d.transparent() && d["color"] != "transparent"
}

// tinyBox reports whether both sides of a box are a pixel at most.
func (d declarations) tinyBox() bool {
	w, h := first(d["width"], d["max-width"]), first(d["height"], d["max-height"])
	return w != "" && h != "" && small(w, 1) && small(h, 1)
}
