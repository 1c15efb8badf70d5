package markdown

import (
	"fmt"
	"strings"
	"testing"
)

// card is one of several things beside each other.
func card(i int) string {
	return fmt.Sprintf(`<div class="card item-%d"><a href="/p/%d"><img src="/i/%d.jpg" alt="">Pump P%d</a><span>%d.50 €</span><a href="/p/%d#buy">Add to bag</a></div>`, i, i, i, i, 100+i, i)
}

func cards(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(card(i))
	}
	return b.String()
}

const oneProduct = `<script type="application/ld+json">{"@type":"Product","name":"Pump","offers":{"price":"99"}}</script>`

// TestShops holds what belongs to a page on which things are for sale, and what is about others.
func TestShops(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("The pump lifts water from the well into the tank, and it runs for years without care. ", 5)
	tests := []struct {
		name, head, body string
		want, not        []string
	}{
		{"sections about others", oneProduct, `<h1>Pump</h1><p>` + text + `</p><h2>Specifications</h2><table><tr><th>Lift</th><td>12 m</td></tr></table>
			<div><h2>Customer reviews (12)</h2><div class="r"><p>` + text + `Mine broke.</p></div></div>
			<section><h3>You may also like</h3>` + cards(4) + `</section><h2>Care</h2><p>Clean the filter.</p>`,
			[]string{"# Pump", "lifts water", "12 m", "## Care", "Clean the filter"}, []string{"Mine broke", "reviews", "also like", "Pump P1"}},
		{"labels without a section", oneProduct, `<h1>Pump</h1><p>` + text + `</p><h2>Kundenbewertungen</h2><p>Sehr leise.</p><p>Läuft.</p><h2>Lieferung</h2><p>Zwei Tage.</p>`,
			[]string{"## Lieferung", "Zwei Tage"}, []string{"Kundenbewertungen", "Sehr leise", "Läuft"}},
		{"other things in any language", `<meta property="og:type" content="og:product">`, `<h1>Pumpa</h1><p>` + text + `</p><div><h2>Moglo bi vas zanimati</h2><div class="row">` + cards(4) + `</div></div>`,
			[]string{"# Pumpa", "lifts water"}, []string{"zanimati", "Pump P1"}},
		{"a section that reviews the product", oneProduct, `<h1>Pump</h1><p>` + text + `</p><h2>Reviewing the seals</h2><p>Open the case.</p>`,
			[]string{"## Reviewing the seals", "Open the case"}, nil},
		{"a shelf", ``, `<h1>Pumps</h1><p>` + text + `</p><form class="filters"><label><input type="checkbox">Red</label><label><input type="checkbox">Blue</label></form>
			<ul class="sort"><li><a href="?by=price">Price</a></li><li><a href="?by=name">Name</a></li><li><a href="?by=age">Newest</a></li><li><a href="?by=sales">Sales</a></li></ul><div class="list">` + cards(8) + `</div>`,
			[]string{"# Pumps", "Pump P0", "107.50 €"}, []string{"Red", "Newest", "Add to bag"}},
		{"said twice in a card", ``, `<h1>Pumps</h1><div class="list">` + strings.ReplaceAll(cards(8), `<span>`, `<b class="small">Only today</b><b class="wide">Only today</b><span>`) + `</div>`,
			[]string{"Only today"}, []string{"Only todayOnly today", "Only today**Only today"}},
		{"things that outweigh their introduction", `<meta property="og:type" content="article">`, `<div id="page"><div class="intro"><h1>Pumps</h1><p>` + text[:260] + `</p></div><div class="list">` + cards(30) + `</div></div><div class="legal"><p>Prices with tax.</p></div>`,
			[]string{"# Pumps", "lifts water", "Pump P29"}, nil},
		{"search results", ``, `<div class="search-results">` + cards(9) + `</div>`, []string{"Pump P8"}, nil},
		{"a text with prices", `<meta property="og:type" content="article">`, `<article><h1>Prices</h1><p>` + text + text + text + `</p><p>It cost $40 then.</p></article><div class="list">` + cards(4) + `</div>`,
			[]string{"$40"}, []string{"Pump P1"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := Extract(strings.NewReader("<html><head><title>Pump</title>"+tt.head+"</head><body>"+tt.body+"</body></html>"), Options{URL: "https://shop.example.org/pump"})
			if err != nil {
				t.Fatal(err)
			}
			for _, s := range tt.want {
				if !strings.Contains(p.Markdown, s) {
					t.Errorf("%q is gone; region %s\n%s", s, p.Region, p.Markdown)
				}
			}
			for _, s := range tt.not {
				if strings.Contains(p.Markdown, s) {
					t.Errorf("%q is there; region %s\n%s", s, p.Region, p.Markdown)
				}
			}
		})
	}
}

// TestKinds holds what a page is taken for by what it says of itself.
func TestKinds(t *testing.T) {
	t.Parallel()
	ld := func(s string) string { return `<script type="application/ld+json">` + s + `</script>` }
	og := func(s string) string { return `<meta property="og:type" content="` + s + `">` }
	tests := []struct {
		head string
		want kind
	}{
		{og("article"), articleKind},
		{og("website"), plainKind},
		{og("product"), productKind},
		{og("ebay-objects:item"), productKind},
		{og("product.group"), shelfKind},
		{og("article") + ld(`{"@type":"CollectionPage"}`), shelfKind},
		{og("product") + ld(`{"@type":"BlogPosting"}`), articleKind},
		{og("article") + oneProduct, productKind},
		{ld(`{"@type":"Product","aggregateRating":{"ratingValue":5}}`), plainKind}, // nothing is for sale
		{ld(`[{"@type":"Product","offers":{}},{"@type":"Product","offers":{}}]`), shelfKind},
	}
	for _, tt := range tests {
		doc, err := parseDocument([]byte("<head>" + tt.head + "</head><body><p>x"))
		if err != nil {
			t.Fatal(err)
		}
		ix := newIndex(doc)
		if got := readKind(ix, ix.linked); got != tt.want {
			t.Errorf("%s is taken for %d, want %d", tt.head, got, tt.want)
		}
	}
}

func TestPrices(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]bool{"$12": true, "12,50 €": true, "EUR 8": true, "1 299 kr": true, "from 99 USD": true, "R$ 4": true,
		"in 1999": false, "Kroner": false, "10 km": false, "v2.0": false} {
		if got := price.MatchString(text); got != want {
			t.Errorf("price in %q: %t", text, got)
		}
	}
}
