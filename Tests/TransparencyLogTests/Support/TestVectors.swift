import FoundationEssentials
import Testing

/// Published vectors in the folder that `STEWARD_TEST_VECTORS` names.
enum TestVectors {
    static let folder = RandomTesting.environment["STEWARD_TEST_VECTORS"]

    /// The files under a folder of the vectors, at any depth, in order.
    static func files(under folder: String) throws -> [String] {
        let root = try #require(Self.folder) + "/" + folder
        return try FileManager.default.subpathsOfDirectory(atPath: root).sorted()
            .filter {
                var isFolder = false
                _ = FileManager.default.fileExists(atPath: root + "/" + $0, isDirectory: &isFolder)
                return !isFolder
            }
            .map { folder + "/" + $0 }
    }

    static func bytes(_ path: String) throws -> [UInt8] {
        try Array(Data(contentsOf: URL(filePath: #require(Self.folder) + "/" + path)))
    }
}
