// AlterUserScramCredentials (51): users get and lose SCRAM credentials. Salted passwords are secret: they are never logged.

package struct AlterUserScramCredentialsRequest: WireMessage {
    package static let key = APIKey.alterUserScramCredentials
    package var deletions: [Deletion]
    package var upsertions: [Upsertion]

    package init(deletions: [Deletion] = [], upsertions: [Upsertion] = []) {
        self.deletions = deletions
        self.upsertions = upsertions
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        deletions = try fields.array()
        upsertions = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.array(deletions)
        fields.array(upsertions)
        fields.noTags()
    }

    package struct Deletion: WireStruct, Sendable {
        package static let minimumSize = 3
        package var name: String
        /// 1: SCRAM-SHA-256, 2: SCRAM-SHA-512.
        package var mechanism: Int8

        package init(name: String, mechanism: Int8) {
            self.name = name
            self.mechanism = mechanism
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            name = try fields.string()
            mechanism = try fields.int8()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(name)
            fields.int8(mechanism)
            fields.noTags()
        }
    }

    package struct Upsertion: WireStruct, Sendable {
        package static let minimumSize = 9
        package var name: String
        package var mechanism: Int8
        package var iterations: Int32
        package var salt: [UInt8]
        /// PBKDF2 of the password: who has it can be the user.
        package var saltedPassword: [UInt8]

        package init(name: String, mechanism: Int8, iterations: Int32, salt: [UInt8], saltedPassword: [UInt8]) {
            self.name = name
            self.mechanism = mechanism
            self.iterations = iterations
            self.salt = salt
            self.saltedPassword = saltedPassword
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            name = try fields.string()
            mechanism = try fields.int8()
            iterations = try fields.int32()
            salt = try fields.blob()
            saltedPassword = try fields.blob()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(name)
            fields.int8(mechanism)
            fields.int32(iterations)
            fields.records(salt)
            fields.records(saltedPassword)
            fields.noTags()
        }
    }
}

package struct AlterUserScramCredentialsResponse: WireMessage {
    package static let key = APIKey.alterUserScramCredentials
    package var throttleMilliseconds: Int32
    /// One for each user of the request.
    package var results: [Result]

    package init(throttleMilliseconds: Int32 = 0, results: [Result]) {
        self.throttleMilliseconds = throttleMilliseconds
        self.results = results
    }

    package init(from fields: inout FieldReader) throws(WireError) {
        throttleMilliseconds = try fields.int32()
        results = try fields.array()
        try fields.skipTags()
    }

    package func encode(into fields: inout FieldWriter) {
        fields.int32(throttleMilliseconds)
        fields.array(results)
        fields.noTags()
    }

    package struct Result: WireStruct {
        package static let minimumSize = 5
        package var user: String
        package var errorCode: ErrorCode
        package var errorMessage: String?

        package init(user: String, errorCode: ErrorCode = .none, errorMessage: String? = nil) {
            self.user = user
            self.errorCode = errorCode
            self.errorMessage = errorMessage
        }

        package init(from fields: inout FieldReader) throws(WireError) {
            user = try fields.string()
            errorCode = try fields.errorCode()
            errorMessage = try fields.nullableString()
            try fields.skipTags()
        }

        package func encode(into fields: inout FieldWriter) {
            fields.string(user)
            fields.errorCode(errorCode)
            fields.nullableString(errorMessage)
            fields.noTags()
        }
    }
}
