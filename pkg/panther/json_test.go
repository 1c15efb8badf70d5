package panther

import (
	"regexp"
	"strings"
	"testing"

	"github.com/spf13/cobra"
)

// TestTheJSONTopicListsEveryCommandThatHasIt, and none that has not.
func TestTheJSONTopicListsEveryCommandThatHasIt(t *testing.T) {
	t.Parallel()
	listed := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)^  ([a-z]+(?: [a-z]+)?) +(?:[\[{]|one|the)`).FindAllStringSubmatch(jsonText, -1) {
		listed[m[1]] = true
	}
	var walk func(c *cobra.Command)
	walk = func(c *cobra.Command) {
		name := strings.TrimPrefix(c.CommandPath(), "panther ")
		if has := c.Flags().Lookup("json") != nil; has != listed[name] {
			t.Errorf("%s: has --json is %v, is listed is %v", name, has, listed[name])
		}
		delete(listed, name)
		for _, sub := range c.Commands() {
			walk(sub)
		}
	}
	walk(Command())
	if len(listed) > 0 {
		t.Errorf("no commands: %v", listed)
	}
}
