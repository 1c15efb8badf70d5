// Package generation writes secret files so that readers see all of them or
// none: a complete new tree beside the old one, then one atomic switch of the
// link that everybody reads through.
//
//	RUN/generations/.new-7/   written while nobody but the writer can enter
//	RUN/generations/7/        manifest.json and files/, complete
//	LINK -> RUN/generations/7/files
//
// RUN belongs in memory (ramfs, or tmpfs with noswap); InMemory tells whether it
// does. A killed writer leaves the old link and a .new folder that the next one
// removes. Every path is opened by openat2 without following any link, so
// nothing planted in the way leads outside, and every file gets its owner and
// mode before it gets a name that others can reach.
//
// The package knows neither references nor services; it trusts its caller to
// hold a lock (confined.Lock) and to have validated the paths, and checks them again.
package generation
