internal import RPC

/// Rules for the names that people sign in with.
///
/// Names are compared in normal form C and lower case, byte by byte, in Swift as in Postgres.
enum IdentifierRules {
    /// The form in which an e-mail address or user name is unique and looked up.
    static func key(_ identifier: String) -> String {
        TextRules.trimmed(identifier.normalizedToNFC).lowercased().normalizedToNFC
    }

    /// An e-mail address that somebody may have.
    ///
    /// What lies before and after the @ is the mail system's affair; only what could not be an
    /// address, or could be mistaken for another, is refused.
    ///
    /// - Throws: `identity.email_invalid`.
    static func checkEmail(_ text: String) throws(RPCError) -> String {
        let email = TextRules.trimmed(text.normalizedToNFC)
        let parts = email.split(separator: "@", omittingEmptySubsequences: false)
        guard (3...254).contains(email.unicodeScalars.count), parts.count == 2,
            !parts[0].isEmpty, self.isDomain(parts[1]),
            email.unicodeScalars.allSatisfy({ self.isAddressCharacter($0) })
        else {
            throw .invalid("email", "email_invalid", "This is not an e-mail address.")
        }
        return email
    }

    /// A user name in lower case.
    ///
    /// - Throws: `identity.username_invalid` unless it has 3 to 64 of a-z, 0-9, `.`, `_` and `-`
    ///   and begins with a letter or digit.
    static func checkUsername(_ text: String) throws(RPCError) -> String {
        let name = self.key(text)
        guard (3...64).contains(name.utf8.count),
            name.utf8.allSatisfy({ self.isNameCharacter($0) || "._-".utf8.contains($0) }),
            name.utf8.first.map(self.isNameCharacter) ?? false
        else {
            throw .invalid(
                "username", "username_invalid",
                "A user name has 3 to 64 of a-z, 0-9, '.', '_' and '-', "
                    + "and begins with a letter or digit.")
        }
        return name
    }

    /// What somebody may have meant as their address or user name; `nil` if nobody can have it.
    static func possible(_ identifier: String) -> String? {
        // Which rule it breaks is of no interest.
        (try? self.checkEmail(identifier)) ?? (try? self.checkUsername(identifier))
    }

    private static func isDomain(_ text: Substring) -> Bool {
        !text.isEmpty
            && text.split(separator: ".", omittingEmptySubsequences: false)
                .allSatisfy { !$0.isEmpty && $0.utf8.count <= 63 * 4 }
    }

    private static func isAddressCharacter(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
            .paragraphSeparator, .spaceSeparator:
            false
        default: !"<>()[],;:\\\"".unicodeScalars.contains(scalar)
        }
    }

    private static func isNameCharacter(_ byte: UInt8) -> Bool {
        (0x61...0x7A).contains(byte) || (0x30...0x39).contains(byte)
    }
}
