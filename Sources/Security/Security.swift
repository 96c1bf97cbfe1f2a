// Who is there and what may they do, without a socket or a file.
//
//   Scram/                      RFC 5802: credentials, messages, the server's side of the exchange
//   PlainMessage                RFC 4616, checked against SCRAM credentials
//   CredentialBook              every user's credentials
//   Access/                     access rules: what they allow, filters that find them, their bytes
