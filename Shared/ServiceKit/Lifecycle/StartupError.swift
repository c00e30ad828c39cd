/// Why a service cannot start: one sentence that names the key, file or role at fault.
///
/// Printed on standard error as it is; the process then ends with ``exitCode``.
package struct StartupError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What is wrong and, where possible, what to do about it.
    package let description: String
    /// 78 (`EX_CONFIG` of sysexits.h) where configuration is at fault, else 1.
    package let exitCode: Int32

    /// Reports that configuration is at fault.
    package static func configuration(_ description: String) -> StartupError {
        StartupError(description: description, exitCode: 78)
    }

    /// Reports anything else that keeps a service from starting.
    package static func failed(_ description: String) -> StartupError {
        StartupError(description: description, exitCode: 1)
    }
}
