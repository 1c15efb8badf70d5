package main

// manual is one set of documentation: a pattern of its files below the folders,
// what holds the content of its pages, and what in there is no content
// (selectors, each after a comma).
type manual struct{ name, files, content, beside string }

var manuals = []manual{
	{"apache", "*/usr/share/doc/apache2-doc/manual/en/*/*.html", "#page-content", ", #quickview, .toplang, .bottomlang, .top, #comments_section"},
	{"boost", "*/usr/share/doc/libboost1.81-doc/doc/html/boost*/*.html", "body > div:not(.spirit-nav)", ", .toc, .copyright-footer"},
	{"boost-quickbook", "*/usr/share/doc/libboost1.81-doc/doc/html/*/*.html", "body > div.section, body > div.chapter", ", .toc, .copyright-footer"},
	{"cairo", "*/usr/share/doc/libcairo2-doc/html/*.html", "div.refentry, div.chapter, div.appendix, div.part", ", .toc, .gallery_return, .listing_lines"},
	{"cmake", "*/usr/share/doc/cmake-data/html/*/*.html", "div.body", ", a.headerlink"},
	{"debian-handbook", "*/usr/share/doc/debian-handbook/html/en-US/*.html", "body > div:not(#banner)", ", .toc, .docnav"},
	{"django", "*/usr/share/doc/python-django-doc/html/*/*.html", "div.yui-g", ", a.headerlink"},
	{"eigen", "*/usr/share/doc/libeigen3-dev/html/*.html", "div.headertitle > .title, div.contents", ", .ttc, .dynheader, .dyncontent, .permalink, .toc, .lineno, .memtitle, .ingroups"},
	{"erlang", "*/usr/share/doc/erlang-doc/lib/*/doc/html/*.html", "#content", ", .footer"},
	{"exim", "*/usr/share/doc/exim4-doc-html/spec_html/*.html", "#content", ", #options, .nav, .navigation, .previous_page, .next_page, .toc_page"},
	{"ghc", "*/usr/share/doc/ghc-doc/html/libraries/base-4*/*.html", "#content", ", #table-of-contents, #synopsis, .selflink, #contents-list, .link"},
	{"ghc-guide", "*/usr/share/doc/ghc-doc/html/users_guide/*.html", "div.body, [itemprop=articleBody]", ", a.headerlink"},
	{"git", "*/usr/share/doc/git-doc/*.html", "#header, #content", ", #toc"},
	{"gtk4", "*/usr/share/doc/libgtk-4-doc/gtk4/*.html", "#main", ", .toc, .srclink, .anchor, .section-separator"},
	{"glib", "*/usr/share/gtk-doc/html/gio/*.html", "div.refentry, div.chapter, div.part, div.index", ", .toc, .gallery_return, .listing_lines"},
	{"haddock", "*/usr/share/doc/libghc-aeson-doc/html/*.html", "#content", ", #table-of-contents, #synopsis, .selflink, #contents-list, .link"},
	{"jdk", "*/usr/share/doc/openjdk-17-doc/api/java.base/java/*/*.html", "main", ", .sub-nav, .toc, nav, .copy, .table-tabs"},
	{"mkdocs", "*/usr/share/doc/mkdocs/html/user-guide/*.html", "[role=main]", ", a.headerlink"},
	{"nodejs", "*/usr/share/doc/nodejs/api/*.html", "#apicontent", ", #toc, .mark, .srclink"},
	{"octave", "*/usr/share/doc/octave/octave.html/*.html", "body", ", div.header, div.nav-panel, .contents, .copiable-anchor"},
	{"postgresql", "*/usr/share/doc/postgresql-doc-15/html/*.html", "body > div:not(.navheader):not(.navfooter)", ", .toc, .id_link"},
	{"pydoctor", "*/usr/share/doc/twisted-doc/html/api/twisted.*.html", "#main, .main, main", ", .sourceLink, #showPrivate"},
	{"qt", "*/usr/share/qt5/doc/qtcore/*.html", "div.mainContent", ", .sidebar, .toc, .navigationbar"},
	{"r", "*/usr/share/R/doc/manual/*.html", "body", ", div.header, .contents, .Contents_element, .copiable-anchor"},
	{"rdoc", "*/usr/share/doc/asciidoctor-doc/html/Asciidoctor/*.html", "main", ", .method-source-code, .method-click-advice, .top"},
	{"rust-book", "*/usr/share/doc/rust-doc/html/book/*.html", "#content main", ", .boring"},
	{"rustdoc", "*/usr/share/doc/rust-doc/html/std/*/*.html", "#main-content, section.content", ", .srclink, #copy-path, .out-of-band, .anchor, .notable-traits, .information, .test-arrow, .rightside, #toggle-all-docs, .toggle-wrapper, summary.hideme"},
	{"sphinx-twisted", "*/usr/share/doc/twisted-doc/html/core/howto/*.html", "div.body", ", a.headerlink"},
	{"sqlalchemy", "*/usr/share/doc/python-sqlalchemy-doc/html/*/*.html", "#docs-body", ", a.headerlink"},
	{"sqlite", "*/usr/share/doc/sqlite3/*.html", "body", ", .menu, .searchmenu, .tagline, .fancy_toc, .docsearch, .rightsidebar, svg, button"},
	{"zsh", "*/usr/share/doc/zsh-common/html/*.html", "body", ", table.header, table[cellpadding='1'], .contents, .shortcontents, address"},
}
