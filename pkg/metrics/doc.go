// Package metrics is panther-metrics: the figures of the whole suite at one
// loopback address, in Prometheus' text format, for a monitoring agent that has
// no account here. They are agentdb's own, and what systemd and agentdb say of
// units, secrets and crawls; nothing is kept, every request asks anew. A part that
// does not answer is missing from the answer, and panther_up says which. No figure
// holds a question, an address of a page or a secret.
package metrics
