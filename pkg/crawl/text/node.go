package text

import "go.yaml.in/yaml/v3"

// node is a value of YAML or JSON; the zero value is one that is not there.
type node struct{ *yaml.Node }

// get follows keys.
func (n node) get(keys ...string) node {
	for _, k := range keys {
		var next node
		for name, v := range n.fields {
			if name == k {
				next = v
				break
			}
		}
		n = next
	}
	return n
}

// fields yields the entries of a mapping in their order.
func (n node) fields(yield func(string, node) bool) {
	if n = n.real(); n.Node == nil || n.Kind != yaml.MappingNode {
		return
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !yield(n.Content[i].Value, node{n.Content[i+1]}) {
			return
		}
	}
}

// items returns the elements of a list.
func (n node) items() []node {
	if n = n.real(); n.Node == nil || n.Kind != yaml.SequenceNode {
		return nil
	}
	out := make([]node, len(n.Content))
	for i, c := range n.Content {
		out[i] = node{c}
	}
	return out
}

// text returns a scalar, "" for anything else.
func (n node) text() string {
	if n = n.real(); n.Node == nil || n.Kind != yaml.ScalarNode || n.Tag == "!!null" {
		return ""
	}
	return n.Value
}

// real is what an alias stands for.
func (n node) real() node {
	if n.Node != nil && n.Kind == yaml.AliasNode {
		return node{n.Alias}
	}
	return n
}
