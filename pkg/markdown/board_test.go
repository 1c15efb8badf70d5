package markdown

import (
	"regexp"
	"strings"
	"testing"
)

var anchors = regexp.MustCompile(`<a id="[^"]*"></a>`)

// TestThreads holds that each post of a thread is there under a heading with its author and its date, and that what
// surrounds the posts is not.
func TestThreads(t *testing.T) {
	t.Parallel()
	const menu = `<nav><a href="/">Forums</a></nav><header><a href="/login">Log in</a></header>`
	tests := []struct{ name, attrs, body, want string }{
		{"Discourse without scripts", "", `<section id="main"></section><noscript data-path="/t/1"><div id="main-outlet"><div id="topic-title"><h1><a href="/t/1">Pump</a></h1></div>
<div itemscope itemtype='http://schema.org/DiscussionForumPosting'><div id='post_1' class='topic-body crawler-post'><div class='crawler-post-meta'><span class="creator"><a href="/u/ann"><span itemprop='name'>ann</span></a></span>
<span class="crawler-post-infos"><time datetime='2024-05-01T10:00:00Z' class='post-time'>May 1, 2024, 10:00am</time><span itemprop='position'>1</span></span></div>
<div class='post' itemprop='text'><p>It does not start, whatever I do with the switch, and the lamp at the side of it stays dark all day long.</p></div></div>
<div id='post_2' class='topic-body crawler-post'><div class='crawler-post-meta'><span class="creator"><a href="/u/bob"><span itemprop='name'>bob</span></a></span><time class='post-time'>May 2, 2024</time></div>
<div class='post' itemprop='text'><h2>Fuse</h2><p>Look at the fuse.</p></div></div></div></div></noscript>`,
			"# Pump\n\n## ann, May 1, 2024, 10:00am\n\nIt does not start, whatever I do with the switch, and the lamp at the side of it stays dark all day long.\n\n## bob, May 2, 2024\n\n#### Fuse\n\nLook at the fuse.\n"},
		{"XenForo", ` id="XF"`, `<h1>Pump</h1><article class="message message--post" id="js-post-1" data-author="ann"><div class="message-user"><h4 class="message-name"><a class="username">ann</a></h4><h5>Member</h5><dl><dt>Joined</dt><dd>2011</dd></dl></div>
<div class="message-main"><header class="message-attribution"><ul class="message-attribution-main"><li><time class="u-dt" datetime="2024-05-01">May 1, 2024</time></li></ul></header><div class="message-body"><div class="bbWrapper">It does not start.</div></div><footer>Like</footer></div></article>`,
			"# Pump\n\n## ann, May 1, 2024\n\nIt does not start.\n"},
		{"phpBB", "", `<div id="page-body"><h2>Pump</h2><div id="p7" class="post bg2"><dl class="postprofile"><dt><a class="username">ann</a></dt><dd>Posts: 12</dd></dl><div class="postbody"><p class="author">by <strong><a class="username">ann</a></strong> » <time>Wed May 01</time></p><div class="content">It does not start.</div></div></div></div>`,
			"## ann, Wed May 01\n\nIt does not start.\n"},
		{"Stack Exchange", "", `<div id="question-header"><h1>Pump?</h1></div><div id="mainbar"><div id="question" class="question"><div class="s-prose js-post-body"><p>It does not start.</p></div><div class="post-signature owner"><span class="relativetime">May 1 at 10:00</span><div class="user-details"><a>ann</a></div></div></div>
<div id="answers"><div id="answer-1" class="answer"><div class="s-prose js-post-body"><p>No idea.</p></div><div class="post-signature"><span class="relativetime">May 2</span><div class="user-details"><a>bob</a></div></div></div>
<div id="answer-2" class="answer accepted-answer"><div class="s-prose js-post-body"><p>The fuse.</p></div><div class="post-signature"><span class="relativetime">May 3</span><div class="user-details"><a>eve</a></div></div></div></div></div>`,
			"# Pump?\n\n## ann, May 1 at 10:00\n\nIt does not start.\n\n## Accepted answer: eve, May 3\n\nThe fuse.\n\n## bob, May 2\n\nNo idea.\n"},
		{"answers within", "", `<h1>Pump</h1><shreddit-post author="ann"><div slot="text-body"><p>It does not start.</p></div></shreddit-post><shreddit-comment author="bob"><div slot="comment"><p>The fuse?</p></div><shreddit-comment author="ann"><div slot="comment"><p>Yes!</p></div></shreddit-comment></shreddit-comment>`,
			"# Pump\n\n## ann\n\nIt does not start.\n\n## bob\n\nThe fuse?\n\n## ann\n\nYes!\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p, err := Extract(strings.NewReader("<html"+tt.attrs+"><head><title>Pump | Forum</title></head><body>"+menu+tt.body+"<footer>Imprint</footer></body></html>"), Options{URL: "https://forum.example.org/t/1"})
			if err != nil {
				t.Fatal(err)
			}
			if got := anchors.ReplaceAllString(p.Markdown, ""); !strings.HasSuffix(got, tt.want) || strings.Contains(got, "Log in") || strings.Contains(got, "Imprint") {
				t.Errorf("got %q; region %s", got, p.Region)
			}
		})
	}
}

// TestArticleIsNoThread holds that an article stays one, whatever is written below it.
func TestArticleIsNoThread(t *testing.T) {
	t.Parallel()
	text := strings.Repeat("The pump lifts water from the well into the tank. ", 20)
	p, err := Extract(strings.NewReader(`<html><head><title>Pump</title></head><body><article><h1>Pump</h1><p>`+text+`</p></article>
<div class="comments"><div class="timeline-comment"><a class="author">ann</a><div class="comment-body">Nice.</div></div></div></body></html>`), Options{})
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(p.Markdown, "lifts water") {
		t.Errorf("got %q; region %s", p.Markdown, p.Region)
	}
}
