// Who is there and what may they do, without a socket or a file.
//
//   SaslMechanism               the ways to say who one is
//   Scram/                      RFC 5802: credentials, messages, the server's side of the exchange
//   Client/                     the client's side of every mechanism
//   PlainMessage                RFC 4616, checked against SCRAM credentials
//   CredentialBook              every user's credentials
//   Access/                     access rules: what they allow, filters that find them, their bytes
