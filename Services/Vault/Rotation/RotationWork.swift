internal import Logging
internal import RPC
internal import ServiceKit
internal import ServiceLifecycle

internal import struct FoundationEssentials.UUID

/// Has hooks and peers rotate what is due, and goes on with what was interrupted.
struct RotationWork: Service {
    let notices: NoticeStore
    let rotation: SteppedRotation
    let standing: VaultStanding
    let logger: Logger

    /// Time between rounds.
    private static let interval = Duration.seconds(60)
    /// Rotations of this that run at a time; the others are left to callers.
    private static let laneCount = 4

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                await self.round()
                // Cancelled only when the service stops, which ends the loop.
                try? await Task.sleep(for: Self.interval)
            }
        }
        await self.rotation.makers.close()
    }

    /// Rotates one; what fails waits longer each time.
    private func rotate(_ id: UUID) async {
        do {
            _ = try await self.rotation.rotate(id, for: .vault)
        } catch is CancellationError {
            // The service stops, and the next start goes on with it.
        } catch {
            self.logger.warning(
                "a secret was not rotated", metadata: ["secret": "\(id)", "error": "\(error)"])
            self.rotation.turns.postpone(id)
        }
    }

    /// One round; what fails waits, and keeps nothing else from being rotated.
    func round() async {
        guard self.standing.objection == nil else { return }
        let due: [UUID]
        do {
            due = try await self.notices.dueForSteps(but: self.rotation.turns.held())
        } catch {
            self.logger.warning("rotation is put off", metadata: ["error": "\(error)"])
            return
        }
        await withTaskGroup(of: Void.self) { group in
            for (index, id) in due.enumerated() {
                if index >= Self.laneCount { await group.next() }
                group.addTask { await self.rotate(id) }
            }
        }
    }
}
