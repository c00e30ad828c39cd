import FoundationEssentials
import Glibc

extension ProcessStatistics {
    /// What this process takes now.
    static var current: ProcessStatistics {
        // Where there is no /proc the figures are 0, as documented.
        let status = (try? Data(contentsOf: URL(fileURLWithPath: "/proc/self/status"))) ?? Data()
        let facts = Self.facts(in: String(decoding: status, as: UTF8.self))
        // As above.
        let files = try? FileManager.default.contentsOfDirectory(atPath: "/proc/self/fd")
        var usage = rusage()
        getrusage(CInt(RUSAGE_SELF.rawValue), &usage)
        return ProcessStatistics(
            processID: Int64(getpid()),
            residentBytes: facts["VmRSS", default: 0] * 1_024,
            anonymousBytes: facts["RssAnon", default: 0] * 1_024,
            fileBytes: facts["RssFile", default: 0] * 1_024,
            peakResidentBytes: facts["VmHWM", default: 0] * 1_024,
            threads: facts["Threads", default: 0],
            openFiles: UInt64(files?.count ?? 0),
            userMicroseconds: usage.ru_utime.microseconds,
            systemMicroseconds: usage.ru_stime.microseconds)
    }

    /// The numbers in the form of `/proc/self/status`: `VmRSS:      5120 kB`.
    ///
    /// Source: proc(5).
    static func facts(in status: String) -> [String: UInt64] {
        var facts: [String: UInt64] = [:]
        for line in status.split(separator: "\n") {
            let words = line.split(whereSeparator: { $0 == " " || $0 == "\t" })
            guard words.count >= 2, words[0].hasSuffix(":"), let number = UInt64(words[1]) else {
                continue
            }
            facts[String(words[0].dropLast())] = number
        }
        return facts
    }
}

extension timeval {
    fileprivate var microseconds: UInt64 {
        UInt64(clamping: self.tv_sec) * 1_000_000 + UInt64(clamping: self.tv_usec)
    }
}
