// Package markdown turns an HTML page into faithful Markdown.
//
// Extract decodes the bytes, finds the main region of the page (by the generator that made it when that is known, by
// its text otherwise), removes what is not content, rewrites what Markdown has no element for, and converts the rest.
// Code blocks come back verbatim and with their language, links and images absolute, headings with the ids that the
// page's own anchors use, tables as tables, mathematics as TeX, and footnotes as footnotes.
//
// The package neither fetches nor stores anything, runs no script and reads no style sheet: what a browser would show
// only after running scripts is not there. The original DOM is authoritative: the choice of the region never rewrites
// text. Extract is total: any bytes give a Page or an error, in time linear in their number, and nesting deeper than a
// fixed limit is flattened. It fails when the reader fails and when the page is larger than Options.MaxBytes.
//
// The steps, each in files of its own:
//
//	decode    bytes to a DOM, charset and depth limits        decode.go
//	prepare   shadow trees, headings by their role            prepare.go
//	metadata  title, dates, author, licence, robots, links    meta.go, jsonld.go, links.go
//	region    generator themes, landmarks, paragraphs         theme.go, themes.go, region.go
//	embed     objects, videos, frames, pictures to be loaded  embed.go
//	clean     permalinks, buttons, hidden parts, other news   clean.go, article.go
//	rewrite   code, alerts, tabs, mathematics, footnotes      code.go, language.go, blocks.go, math.go, tex.go, notes.go
//	build     a tree of blocks, of lines of tokens            build.go, list.go, table.go, span.go
//	render    the Markdown                                    render.go, inline.go, marks.go, escape.go
package markdown
