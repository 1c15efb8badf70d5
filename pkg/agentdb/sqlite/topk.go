package sqlite

import (
	"cmp"
	"container/heap"
	"slices"

	"panther/pkg/agentdb/store"
)

// compareScored orders best first.
func compareScored(a, b store.Scored) int {
	return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Unit, b.Unit))
}

// topK keeps the k best of what it is offered, in a heap whose first element is
// the worst.
type topK struct {
	k    int
	heap worst
}

func (t *topK) offer(h store.Scored) {
	switch {
	case len(t.heap) < t.k:
		heap.Push(&t.heap, h)
	case compareScored(h, t.heap[0]) < 0:
		t.heap[0] = h
		heap.Fix(&t.heap, 0)
	}
}

// sorted returns what was kept, best first.
func (t *topK) sorted() []store.Scored {
	slices.SortFunc(t.heap, compareScored)
	return t.heap
}

type worst []store.Scored

func (w worst) Len() int           { return len(w) }
func (w worst) Less(i, j int) bool { return compareScored(w[i], w[j]) > 0 }
func (w worst) Swap(i, j int)      { w[i], w[j] = w[j], w[i] }
func (w *worst) Push(v any)        { *w = append(*w, v.(store.Scored)) }
func (w *worst) Pop() any {
	last := (*w)[len(*w)-1]
	*w = (*w)[:len(*w)-1]
	return last
}
