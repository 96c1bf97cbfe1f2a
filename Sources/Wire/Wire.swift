// Kafka's protocol as bytes and types, both directions, no sockets.
//
// `APIVersions` is the one table of what is spoken. `Messages/` holds one file an API: a request and a
// response struct, each read and written at every version the table names. `HotPath/` holds the forms
// that produce and fetch use per request, which allocate nothing: views that walk a frame in place and
// writers that stream a response around file data. `Primitives/` knows strings, arrays, tags and the
// bounds: no frame can make a decoder hold more than 32 times its own size (most: 16), so whoever reads
// frames bounds memory by bounding their length.
