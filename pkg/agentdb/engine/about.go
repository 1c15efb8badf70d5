package engine

import "strings"

// about is how much two texts have to do with each other, 0 for nothing and 1
// for the same, by the cosine of their vectors in a space. Encoders differ in
// what they give to texts that have nothing in common: over 48 pairs of remarks
// and questions the mean was .05 with all-MiniLM-L6-v2 and .39 with
// bge-small-en-v1.5; the cards of E5 say .7. What is not known counts as the
// first.
func about(space string, cosine float64) float64 {
	nothing := 0.05
	switch model := strings.ToLower(space); {
	case strings.Contains(model, "bge-"):
		nothing = 0.4
	case strings.Contains(model, "e5-"):
		nothing = 0.7
	}
	return (cosine - nothing) / (1 - nothing)
}
