import Crypto
public import Diagnostics
private import FileSystem
private import Foundation

/// The secrets of a service: what signs plans, what turns viewers' ids into pseudonyms, and who may ask for reels.
///
/// Every instance that has the same file serves the same tokens.
public struct KeyRing: Sendable, Codable {
    /// Signing keys; the first signs, all are accepted.
    var signing: [SigningKey]
    /// What viewers' ids are hashed with, 32 bytes; unlike signing keys it is never changed, or viewers become strangers.
    var viewers: Secret
    /// Those who may ask for reels, by name.
    var clients: [Client]

    struct SigningKey: Sendable, Codable {
        /// From 1 to 255; tokens name their key by it.
        var id: UInt8
        var secret: Secret
    }

    struct Client: Sendable, Codable {
        var name: String
        var key: Secret
    }

    /// Random bytes, written in base64url.
    struct Secret: Sendable, Codable, Equatable {
        var bytes: [UInt8]

        static func random() -> Secret {
            while true {
                let secret = Secret(bytes: SymmetricKey(size: .bits256).withUnsafeBytes { Array($0) })
                // One that begins like an option could not be given to a command.
                if !secret.text.hasPrefix("-") { return secret }
            }
        }

        init(bytes: [UInt8]) { self.bytes = bytes }

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            guard let bytes = Base64URL.bytes(try container.decode(String.self)), bytes.count >= 16 else {
                throw DecodingError.dataCorruptedError(
                    in: container, debugDescription: "a secret is at least 16 bytes in base64url")
            }
            self.bytes = bytes
        }

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            try container.encode(text)
        }

        var text: String { Base64URL.text(bytes) }
        var symmetric: SymmetricKey { SymmetricKey(data: bytes) }
    }

    /// New random keys, with one client.
    public static func random(client: String = "default") -> KeyRing {
        KeyRing(
            signing: [SigningKey(id: 1, secret: .random())], viewers: .random(),
            clients: [Client(name: client, key: .random())])
    }

    /// Reads keys from a file.
    /// - Throws: `Fault` (`badInput`) naming the key that is not one.
    public static func load(_ path: String) throws(Fault) -> KeyRing {
        try StrictJSON.decode(KeyRing.self, fromFile: path).checked(path)
    }

    /// Reads keys from the text of such a file.
    /// - Parameter name: where the text came from, for messages.
    /// - Throws: as `load(_:)`.
    public static func read(_ text: String, named name: String) throws(Fault) -> KeyRing {
        try StrictJSON.decode(KeyRing.self, from: text.utf8, named: name).checked(name)
    }

    private func checked(_ name: String) throws(Fault) -> KeyRing {
        let ids = signing.map(\.id)
        guard !ids.isEmpty, Set(ids).count == ids.count, !ids.contains(0) else {
            throw Fault(
                .badInput, "\(name): signing: needs keys with different ids from 1 to 255; see 'sizzle keys new'")
        }
        guard Set(clients.map(\.name)).count == clients.count else {
            throw Fault(.badInput, "\(name): clients: two have the same name")
        }
        return self
    }

    /// Adds a key that signs from now on; the older ones are still accepted, the newest eight of them.
    public mutating func rotate() {
        let next = (signing.map(\.id).max() ?? 0) % 255 + 1
        let free =
            (next...255).first { id in !signing.contains { $0.id == id } } ?? (1...255).first { id in
                !signing.contains { $0.id == id }
            } ?? 1
        signing.insert(SigningKey(id: free, secret: .random()), at: 0)
        signing = Array(signing.prefix(9))
    }

    /// Adds a client.
    /// - Returns: its key.
    /// - Throws: `Fault` (`badInput`) when there is one of that name.
    public mutating func add(client name: String) throws(Fault) -> String {
        guard !clients.contains(where: { $0.name == name }) else {
            throw Fault(.badInput, "client '\(printable(name))' is there already; choose another name")
        }
        let client = Client(name: name, key: .random())
        clients.append(client)
        return client.key.text
    }

    /// The key of a client, as it is sent; `nil` when there is none of that name.
    public func key(of client: String) -> String? { clients.first { $0.name == client }?.key.text }

    /// The names of the clients.
    public var clientNames: [String] { clients.map(\.name) }

    /// Writes the keys to a file that only its owner can read.
    /// - Throws: `Fault` when it cannot be written.
    public func save(_ path: String) throws(Fault) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(self) else { preconditionFailure("keys are strings and numbers") }
        try OutputFile.write(json + Data("\n".utf8), to: path, durable: true, isPrivate: true)
    }

    /// The client that a bearer key belongs to; takes as long whichever it is, or none.
    func client(bearing text: String) -> String? {
        let digest = SHA256.hash(data: Data(text.utf8))
        var found: String?
        for client in clients where SHA256.hash(data: Data(client.key.text.utf8)) == digest { found = client.name }
        return found
    }

    /// The pseudonym of a viewer: the first 16 bytes of HMAC-SHA-256 of the id.
    public func pseudonym(of viewer: String) -> [UInt8] {
        Array(HMAC<SHA256>.authenticationCode(for: Data(viewer.utf8), using: viewers.symmetric).prefix(16))
    }
}

/// Base64url without padding: RFC 4648, section 5.
enum Base64URL {
    static func text(_ bytes: [UInt8]) -> String {
        var text: [UInt8] = []
        for byte in Data(bytes).base64EncodedData() {
            switch byte {
            case UInt8(ascii: "+"): text.append(UInt8(ascii: "-"))
            case UInt8(ascii: "/"): text.append(UInt8(ascii: "_"))
            case UInt8(ascii: "="): break
            default: text.append(byte)
            }
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// `nil` for anything that is not the one way to write its bytes.
    static func bytes(_ text: some StringProtocol) -> [UInt8]? {
        var plain: [UInt8] = []
        for byte in text.utf8 {
            switch byte {
            case UInt8(ascii: "-"): plain.append(UInt8(ascii: "+"))
            case UInt8(ascii: "_"): plain.append(UInt8(ascii: "/"))
            case UInt8(ascii: "+"), UInt8(ascii: "/"), UInt8(ascii: "="): return nil
            default: plain.append(byte)
            }
        }
        plain += Array(repeating: UInt8(ascii: "="), count: (4 - plain.count % 4) % 4)
        guard let data = Data(base64Encoded: Data(plain)), Self.text(Array(data)) == String(text) else { return nil }
        return Array(data)
    }
}
