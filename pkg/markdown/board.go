package markdown

import (
	"slices"
	"strings"

	"github.com/andybalholm/cascadia"
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// board says where the posts of a thread are in what one program writes: discussions, questions with answers, issues,
// mails of a list. Selectors are those of the program, never of one site; several are separated by commas.
type board struct {
	name  string
	marks []string // as those of a theme
	post  string
	who   string // within the post
	when  string
	text  string
	solve string // what a post is or has that is the accepted answer
	drop  string // in the text

	compiled map[string]cascadia.SelectorGroup
}

var boards = compileBoards([]board{
	{name: "Discourse", marks: []string{".crawler-post", ".topic-post"}, post: ".crawler-post, .topic-post article[data-post-id]",
		who: ".creator [itemprop=name], .creator, .topic-meta-data .username, .names .username", when: "time, .post-date, .relative-date", text: "[itemprop=text], .cooked",
		solve: "[itemprop=acceptedAnswer], .accepted-answer, .accepted", drop: ".post-likes, .crawler-linkback-list, .quote-controls, .lightbox .meta, .cooked-selection-barrier"},
	{name: "XenForo", marks: []string{"#XF", "#XenForo", ".message--post"}, post: ".message--post, article.message, li.message",
		who: ".message-name, .username, .MessageCard__user-info__name", when: ".message-attribution-main time, time, .DateTime", text: ".message-body .bbWrapper, .message-content .bbWrapper, .bbWrapper, .messageText",
		solve: ".message--solution, .message-solution, .is-solution", drop: ".bbCodeBlock-expandLink, .js-expandLink, .attribution + .quoteExpand, .bbCodeBlock-shrinkLink, .message-lastEdit"},
	{name: "phpBB", marks: []string{"#phpbb", ".postbody+.postprofile", "#page-body+.postbody"}, post: ".post, div[id^=post_content]",
		who: ".author .username, .author .username-coloured, .author strong, .postprofile .username, .postprofile .username-coloured", when: ".author time, time, p.author", text: ".postbody .content, .content", drop: ".signature, .notice, .post-buttons, cite .responsive-hide"},
	{name: "vBulletin", marks: []string{".postbit", ".postbitlegacy", ".postcontainer", ".b-post", ".bigusername", "#posts"}, post: "table[id^=post], li[id^=post_], .postbit, .postcontainer, .b-post, div[id^=edit]",
		who: ".bigusername, .username, .b-post__author, .author, .postbit_username", when: ".date, .postdate, .b-post__timestamp, time, .thead", text: "[id^=post_message_], .postcontent, .js-post__content-text", drop: ".signature"},
	{name: "Invision Community", marks: []string{".ipsComment", ".ipsEntry", ".ipsEntry__post"}, post: "article.ipsComment, article.ipsEntry, .ipsEntry--post, .ipsEntry__post, .cPost",
		who: ".ipsComment_author h3, .cAuthorPane_author, .ipsEntry__username, .ipsEntry__author h3, h3", when: "time", text: "[data-role=commentContent]", solve: ".ipsComment_solved, .ipsEntry--solved, .cPost_bestAnswer", drop: ".ipsQuote_citation, .ipsItemControls"},
	{name: "Simple Machines Forum", marks: []string{".post_wrapper+.poster"}, post: ".post_wrapper", who: ".poster h4", when: ".postinfo .smalltext, .keyinfo .smalltext, .smalltext", text: ".post .inner, .inner", drop: ".signature"},
	{name: "MyBB", marks: []string{".post_body+.author_information", ".post_body+.post_author"}, post: ".post", who: ".author_information .largetext, .post_author .largetext", when: ".post_date", text: ".post_body", drop: ".post_edit"},
	{name: "FluxBB", marks: []string{".blockpost+.postmsg"}, post: ".blockpost", who: ".postleft dt", when: "h2 a", text: ".postmsg", drop: ".postedit, .postsignature"},
	{name: "NodeBB", marks: []string{".timeago"}, post: "[component=post]", who: "[itemprop=author], [data-username], [component='post/header'] a[href*='/user/']", when: ".timeago, time", text: "[component='post/content']", solve: ".isSolved, .solved"},
	{name: "Vanilla", marks: []string{".MessageList"}, post: ".ItemDiscussion, .ItemComment", who: ".Author .Username, .Username", when: "time", text: ".Message", solve: ".QnA-Item-Accepted"},
	{name: "bbPress", marks: []string{".bbp-reply-content", ".bbp-topic-content"}, post: ".bbp-reply-header + div, .type-reply, .type-topic", who: ".bbp-author-name", when: ".bbp-reply-post-date", text: ".bbp-reply-content, .bbp-topic-content"},
	{name: "Khoros", marks: []string{".lia-message-body-content"}, post: ".lia-message-view-wrapper, .lia-message-view-display", who: ".UserName, .lia-user-name-link", when: ".DateTime, time", text: ".lia-message-body-content", solve: ".lia-accepted-solution, .lia-component-solution-info"},
	{name: "Lemmy", marks: []string{"#postContent", ".comment-content"}, post: "#postContent, article.comment", who: ".person-listing", when: ".moment-time", text: ".md-div, .comment-content .md-div"},
	{name: "Reddit", marks: []string{"<shreddit-comment", "<shreddit-post", "#siteTable"}, post: "shreddit-post, shreddit-comment, .thing", who: ".author", when: "time, faceplate-timeago", text: "[slot=comment], [slot=text-body], .usertext-body .md", drop: "shreddit-post-overflow-menu"},
	{name: "Hacker News", marks: []string{".commtext+.hnuser"}, post: "tr.comtr", who: ".hnuser", when: ".age", text: ".commtext", drop: ".reply"},
	{name: "Lobsters", marks: []string{".comments_subtree"}, post: ".comment[id^=c_]", who: ".byline a[href^='/~'], .byline a[href^='/u/']", when: ".byline time, .byline span[title]", text: ".comment_text"},
	{name: "Stack Exchange", marks: []string{"#question+.s-prose"}, post: "#question, .answer", who: ".post-signature.owner .user-details a, .post-signature:last-child .user-details a, .user-details [itemprop=name], .user-details a, .user-details",
		when: ".post-signature:last-child .relativetime, .relativetime", text: ".s-prose.js-post-body, .s-prose", solve: ".accepted-answer, [itemprop=acceptedAnswer]"},
	{name: "GitHub", marks: []string{".timeline-comment", ".react-issue-body"}, post: ".timeline-comment, .react-issue-body, .react-issue-comment, .discussion-comment",
		who: ".author, [data-testid=issue-body-header-author], [data-testid=avatar-link], a[data-hovercard-type=user]", when: "relative-time, time", text: ".comment-body, [data-testid=markdown-body] .markdown-body, .markdown-body", solve: ".timeline-comment--answer, .discussion-answer"},
	{name: "GitLab", marks: []string{".note-body", ".detail-page-description"}, post: ".detail-page-description, .note", who: ".note-header-author-name, .author-link, .author", when: "time", text: ".note-body .md, .description .md, .md"},
	{name: "HyperKitty", marks: []string{".email-body"}, post: ".email", who: ".email-author .name, .email-author", when: ".email-date, .date", text: ".email-body", drop: ".quoted-switch, .email-info"},
	{name: "Discuz", marks: []string{"#postlist"}, post: "table[id^=pid], div[id^=post_]", who: ".authi a.xw1, .authi a", when: "em[id^=authorposton]", text: "[id^=postmessage_]"},
	{name: "a page of posts", marks: []string{"@DiscussionForumPosting", "@QAPage"},
		post: "[itemtype$='/DiscussionForumPosting'], [itemtype$='/Comment'], [itemtype$='/Answer'], [itemtype$='/Question']", who: "[itemprop=author] [itemprop=name], [itemprop=author], [itemprop=creator]", when: "[itemprop=dateCreated], [itemprop=datePublished], time", text: "[itemprop=text], [itemprop=articleBody]", solve: "[itemprop=acceptedAnswer]"},
})

func compileBoards(list []board) []board {
	for i := range list {
		b := &list[i]
		b.compiled = make(map[string]cascadia.SelectorGroup)
		for _, s := range []string{b.post, b.who, b.when, b.text, b.solve, b.drop} {
			if s != "" {
				group, err := cascadia.ParseGroup(s)
				if err != nil {
					panic(err)
				}
				b.compiled[s] = group
			}
		}
	}
	return list
}

// post is one contribution to a thread.
type post struct {
	who, when, id string
	text          *html.Node
	solves        bool
}

// thread makes the region of a page that is a thread: each post under a heading that says whose it is and when it was
// written, the accepted answer first among the answers. It reports whether the page is one.
func (x *extraction) thread() bool {
	for i := range boards {
		b := &boards[i]
		if !slices.ContainsFunc(b.marks, x.index.bears) {
			continue
		}
		if posts := b.posts(x.index.body); isThread(posts, x.index.body) {
			x.takeThread(b, posts)
			return true
		}
	}
	return false
}

// isThread reports whether the posts are what a page is about, and not the comments below something else.
func isThread(posts []post, body *html.Node) bool {
	size := 0
	for _, p := range posts {
		size += textLen(p.text, 1<<20)
	}
	return size*threadShare > textLen(body, 1<<20)
}

// threadShare is the part of the text of a page that its posts must have: menus and the profiles of authors are long
// beside short posts.
const threadShare = 8

// posts reads the posts below body in order. A post may hold the answers to it, which are posts of their own.
func (b *board) posts(body *html.Node) []post {
	var posts []post
	taken := make(map[*html.Node]bool)
	for _, n := range cascadia.QueryAll(body, b.compiled[b.post]) {
		p := post{id: attr(n, "id"), who: attr(n, "author"), when: first(attr(n, "created"), attr(n, "created-timestamp"))}
		for _, t := range b.within(n, b.text) {
			if !taken[t] && !containsAny(taken, t) { // others are those of answers, or signatures
				p.text = t
				break
			}
		}
		if p.text == nil || textLen(p.text, 1) == 0 && find(p.text, func(c *html.Node) bool { return isElement(c, atom.Img) }) == nil {
			continue
		}
		taken[p.text] = true
		p.who = first(p.who, firstText(b.within(n, b.who), 60))
		p.when = first(p.when, dateOf(b.within(n, b.when)))
		if b.solve != "" {
			p.solves = b.compiled[b.solve].Match(n) || len(posts) > 0 && cascadia.Query(n, b.compiled[b.solve]) != nil
		}
		posts = append(posts, p)
	}
	return posts
}

func containsAny(outer map[*html.Node]bool, n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if outer[p] {
			return true
		}
	}
	return false
}

// within returns what a selector finds in the first of its alternatives that finds something.
func (b *board) within(n *html.Node, selector string) []*html.Node {
	if selector == "" {
		return nil
	}
	for _, alternative := range b.compiled[selector] {
		if found := cascadia.QueryAll(n, alternative); len(found) > 0 {
			return found
		}
	}
	return nil
}

func firstText(nodes []*html.Node, limit int) string {
	for _, n := range nodes {
		if s := squeeze(first(textOf(n), attr(n, "content"), attr(n, "data-username"))); s != "" && len(s) <= limit {
			return s
		}
	}
	return ""
}

// dateOf returns the day and hour that an element says to a reader, or else to a program.
func dateOf(nodes []*html.Node) string {
	for _, n := range nodes {
		if s := textOf(n); s != "" && len(s) <= 60 && !strings.Contains(s, " ago") {
			return s
		}
		if s := first(attr(n, "datetime"), attr(n, "content"), attr(n, "title")); s != "" && len(s) <= 60 {
			return s
		}
	}
	return firstText(nodes, 60)
}

// takeThread makes the posts the region.
func (x *extraction) takeThread(b *board, posts []post) {
	p := x.page
	p.Generator = first(p.Generator, b.name)
	if i := slices.IndexFunc(x.index.h1, func(h *html.Node) bool { return textOf(h) != "" }); i >= 0 {
		x.title = element("h1")
		x.title.AppendChild(textNode(textOf(x.index.h1[i])))
	}
	for i, q := range posts { // the accepted answer follows the question
		if q.solves && i > 0 {
			copy(posts[2:i+1], posts[1:i])
			posts[1] = q
			break
		}
	}
	x.region = element("div")
	for _, q := range posts {
		if b.drop != "" {
			for _, n := range cascadia.QueryAll(q.text, b.compiled[b.drop]) {
				remove(n)
			}
		}
		if label := q.label(); label != "" {
			h := element("h2", "id", q.id)
			h.AppendChild(textNode(label))
			x.region.AppendChild(h)
		}
		lowerHeadings(q.text)
		remove(q.text)
		x.region.AppendChild(q.text)
	}
	p.Region = "posts, by " + b.name
}

func (q post) label() string {
	label := q.who
	if q.when != "" {
		if label != "" {
			label += ", "
		}
		label += q.when
	}
	if q.solves {
		return strings.TrimSuffix("Accepted answer: "+label, ": ")
	}
	return label
}

// lowerHeadings puts the headings of a post below that of the post.
func lowerHeadings(n *html.Node) {
	for _, h := range findAll(n, isHeading) {
		level := h.Data[1]
		rename(h, "h"+string(min(level+2, '6')))
	}
}
