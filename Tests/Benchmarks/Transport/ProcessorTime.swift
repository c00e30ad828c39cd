import Glibc

/// Processor time that processes have used, which other work on the machine changes least.
enum ProcessorTime {
    /// Of a process in seconds, in steps of 10 ms; 0 for one that is gone.
    static func seconds(of process: Int32) -> Double {
        guard let file = fopen("/proc/\(process)/stat", "r") else { return 0 }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1_024)
        let count = fread(&bytes, 1, bytes.count, file)
        let text = String(decoding: bytes[..<count], as: UTF8.self)
        // After the name, which stands in parentheses: user and system time are the 14th and 15th
        // field of proc(5), that is the 12th and 13th from there on.
        let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12])
        else { return 0 }
        return (user + system) / Double(sysconf(Int32(_SC_CLK_TCK)))
    }
}
