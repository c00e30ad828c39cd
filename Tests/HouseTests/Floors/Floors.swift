/// The floors of the house: what may import what.
///
/// ```
/// rpcctl
/// Services        import other services' contracts, never their code
/// ServiceKit
/// AuditFormat     the bytes of the audit log: for who writes, keeps and verifies them
/// SecretFormat    the bytes of secrets: for who writes, keeps and reads them
/// Contracts       no SQL, no NIO
/// RPC
/// ground          Wire, Postgres, Sodium, …: know nothing of each other or of RPC
/// Locks           beside the standard library, for everybody
/// ```
struct Floors {
    private let names: Set<String>
    private static let ground = [
        "Wire", "Postgres", "Sodium", "Directory", "TransparencyLog", "JSONSchema",
    ]
    private static let wrapped = [
        "CPostgres": "Postgres", "CSodium": "Sodium", "CLDAP": "Directory",
    ]

    /// Knows the modules of a manifest.
    init(_ manifest: Manifest) { self.names = Set(manifest.targets.map(\.name)) }

    /// How high a module lies; `nil` if it belongs to none, as tests do.
    func floor(of module: String) -> Int? {
        switch module {
        case "Locks": -1
        case _ where Self.ground.contains(module): 0
        case "RPC": 1
        case _ where module.hasSuffix("API"): 2
        case "AuditFormat", "SecretFormat": 3
        case "ServiceKit": 4
        case _ where module.hasSuffix("Service"): 5
        case "rpcctl": 6
        default: nil
        }
    }

    /// Why a module may not import another; `nil` if it may.
    func objection(to imported: String, in module: String) -> String? {
        guard imported != module else { return nil }
        if let wrapper = Self.wrapped[imported] {
            return wrapper == module ? nil : "only \(wrapper) may import \(imported)"
        }
        guard let floor = self.floor(of: module) else { return nil }
        if imported.hasSuffix("TestSupport") || ["Testing", "XCTest"].contains(imported) {
            return "\(imported) is for tests, \(module) is not"
        }
        guard self.names.contains(imported), let importedFloor = self.floor(of: imported)
        else { return self.objectionOutside(imported, module) }
        if importedFloor == 5 { return "nobody imports the code of \(imported): use its contracts" }
        if importedFloor == floor { return "\(module) and \(imported) lie on the same floor" }
        if importedFloor > floor { return "\(imported) lies above \(module): imports go down only" }
        if floor <= 2, importedFloor == 0, !(module == "RPC" && imported == "Wire") {
            return "\(module) knows nothing of \(imported)"
        }
        return nil
    }

    /// What modules of other packages the lowest floors may not know.
    private func objectionOutside(_ imported: String, _ module: String) -> String? {
        let foundation = ["Foundation", "FoundationEssentials"]
        switch module {
        case _ where self.floor(of: module) == 2:
            return foundation.contains(imported) ? nil : "contracts know no \(imported)"
        case "Wire":
            return (foundation + ["NIOCore", "Glibc"]).contains(imported)
                ? nil : "Wire does no I/O and knows no \(imported)"
        case "TransparencyLog":
            return ["FoundationEssentials", "Crypto"].contains(imported)
                ? nil : "TransparencyLog does no I/O and knows no \(imported)"
        default:
            return imported.hasPrefix("NIO") && ["Postgres", "Sodium"].contains(module)
                ? "\(module) knows no \(imported)" : nil
        }
    }

    /// Checks the dependencies that a manifest declares.
    func violations(in manifest: Manifest) -> [Violation] {
        manifest.targets.filter { !$0.isTest }.flatMap { target in
            target.dependencies.compactMap { dependency in
                self.objection(to: dependency, in: target.name).map {
                    Violation(path: "Package.swift", line: target.line, message: $0)
                }
            }
        }
    }

    /// Checks the imports of a target's files, and that all files of the product have a target.
    func violations(in files: [SourceFile], of manifest: Manifest) -> [Violation] {
        files.filter(\.isProductSwift).flatMap { file -> [Violation] in
            guard
                let target = manifest.targets.first(where: { file.path.hasPrefix($0.path + "/") })
            else { return [Violation(path: file.path, line: 0, message: "belongs to no target")] }
            guard self.floor(of: target.name) != nil else {
                return [Violation(path: file.path, line: 0, message: "lies on no floor")]
            }
            return file.imports.compactMap { module, line in
                self.objection(to: module, in: target.name).map {
                    Violation(path: file.path, line: line, message: $0)
                }
            }
        }
    }
}
