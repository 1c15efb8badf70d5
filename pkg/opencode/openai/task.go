package openai

import (
	"regexp"
	"strings"
)

// tasks are the beginnings of what chat interfaces ask a model beside the
// conversation: a title, tags, what to ask next, a query for their own search; as
// Open WebUI, LibreChat, NextChat and Chatbox write them. Passages would mislead
// the model.
var tasks = regexp.MustCompile(`(?i)^(` + strings.Join([]string{
	`### Task:\s`,
	`Create a concise, 3-5 word (phrase|title)`,
	`Generate a (concise|short|brief)[^.\n]{0,60} (title|name) `,
	`(Please )?(provide|write|give|generate|create|suggest) (a|me a) (concise|short|brief)[^.\n]{0,40} title`,
	`(Please )?generate a (four to five|\d+)[- ]word title`,
	`Analyze the (chat history|conversation) to determine the necessity of generating search queries`,
	`Summari[sz]e the (discussion|conversation) briefly in \d+ words or less to use as a prompt`,
	`Based on the chat history, give this conversation a name`,
	`You are an autocompletion system`,
	`Using the (first|last) \d+ messages`,
	`使用四到五个字直接返回这句话的简要主题`,
}, "|") + ")")

// isTask reports whether a question is a chat interface's own.
func isTask(text string) bool { return tasks.MatchString(strings.TrimSpace(text)) }
