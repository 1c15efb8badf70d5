// Package control is what others may ask of the crawler: which sources are
// configured, what a place is, to add, change and remove a source, to visit one
// now, and how far that is. It has the types, the client and the handler of an
// HTTP API on a unix socket; package crawl does what is asked.
//
//	GET    /v1/sources           the configured sources
//	POST   /v1/look              what a place is, with a few of its pages
//	POST   /v1/sources           add one
//	PATCH  /v1/sources/{name}    change settings
//	DELETE /v1/sources/{name}    take it out of the configuration
//	PUT    /v1/uploads/{source}/{file}   keep a file, and make a source of it
//	POST   /v1/visits            begin a visit, or join the one that runs
//	DELETE /v1/visits/{name}     interrupt a visit
//	GET    /v1/visits            the visits that run, and those that ended last
//
// The mode of the socket decides who may ask; whoever serves others over it
// decides on whose behalf. The configuration files are authoritative. What is
// asked wrongly is an *Error with status 400, what there is not 404, and what
// cannot be changed here 409, each with a hint.
package control
