internal import Glibc

internal import class FoundationEssentials.ProcessInfo

/// The sockets that a service listens on: systemd's, or its own Unix socket; and the loopback if
/// configuration asks for it.
package struct ListeningSockets: ~Copyable {
    /// The descriptors to serve, each owned by whoever serves it.
    package let descriptors: [CInt]
    /// Where they listen, for the log.
    package let addresses: [String]
    private let owned: OwnedUnixSocket?

    /// Opens the sockets that the settings ask for.
    ///
    /// - Parameters:
    ///   - service: the service's name; its socket is `<runtime directory>/<service>.sock`.
    ///   - settings: directory, mode, group, TCP address.
    ///   - environment: what systemd passed.
    /// - Throws: ``StartupError``.
    package init(
        service: String, settings: ServiceSettings,
        environment: [String: String] = ProcessInfo.processInfo.environment
    ) throws(StartupError) {
        // What can fail without leaving anything behind comes first.
        var descriptors = try ActivatedSockets.take(environment: environment)
        var addresses = descriptors.map { "systemd:\($0)" }
        let needsOwnSocket = descriptors.isEmpty
        if let address = LoopbackAddress(settings[.listenTCP]) {
            let (descriptor, port) = try address.listen()
            descriptors.append(descriptor)
            addresses.append("tcp:\(address.host):\(port)")
        }
        let path = "\(settings[.runtimeDirectory])/\(service).sock"
        let group = try Self.group(named: settings[.socketGroup])
        var owned: OwnedUnixSocket?
        if needsOwnSocket {
            let socket = try OwnedUnixSocket(path: path, mode: settings[.socketMode], group: group)
            descriptors.append(socket.descriptor)
            addresses.append("unix:\(path)")
            owned = consume socket
        }
        self.owned = owned
        self.descriptors = descriptors
        self.addresses = addresses
    }

    /// Removes what is left of them in the file system, once the server has closed them.
    package consuming func remove() {
        if let owned = self.owned { owned.remove() }
    }

    /// The gid for the socket; `nil` leaves it as it is.
    ///
    /// An unprivileged process on a machine without the group serves its own user only, so there is
    /// nothing to give away.
    private static func group(named name: String) throws(StartupError) -> UInt32? {
        guard !name.isEmpty else { return nil }
        guard let group = SystemUsers.gid(groupName: name) else {
            guard SystemUsers.ownUID == 0 else { return nil }
            throw .configuration("STEWARD_SOCKET_GROUP: there is no group \(name).")
        }
        return group
    }
}
