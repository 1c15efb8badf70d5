package knowledge

// Maintained tells what the upkeep did.
type Maintained struct {
	Documents    int   `json:"documents" doc:"Purged tombstones"`
	Pages        int   `json:"pages" doc:"Outcomes of pages of old runs"`
	Events       int   `json:"events"`
	Bytes        int64 `json:"bytes" doc:"Given back to the file system, where known"`
	Recut        int   `json:"recut" doc:"Documents that an earlier release had cut otherwise"`
	Merged       int   `json:"merged" doc:"Memories that said no more than another"`
	Decayed      int   `json:"decayed" doc:"Memories that were laid aside"`
	Canaries     int   `json:"canaries" doc:"Questions with a known page that were asked"`
	CanariesLost int   `json:"canaries_lost" doc:"Of those, questions whose page is no longer found"`
}

// Finding is a broken invariant of the database.
type Finding struct {
	Check    string `json:"check" doc:"Stable name"`
	Detail   string `json:"detail"`
	Count    int    `json:"count"`
	Repaired bool   `json:"repaired"`
}
