internal import IdentityAPI
internal import Postgres
internal import RPC
internal import ServiceKit

/// Administrators choose settings.
struct SettingHandlers: Sendable {
    let store: SettingStore
    let administration: Administration

    func register(in methods: inout MethodTable) {
        methods.register(ListSettings.self) { try await self.list($0, $1) }
        methods.register(PutSetting.self) { try await self.put($0, $1) }
    }

    func list(_ request: ListSettings, _ context: CallContext) async throws -> SettingList {
        SettingList(settings: try await self.store.list(deadline: context.deadline))
    }

    func put(_ request: PutSetting, _ context: CallContext) async throws -> SystemSetting {
        let caller = try context.requireCaller()
        let value = try SettingRules.check(key: request.key, value: request.value)
        return try await self.administration.perform(request, context) {
            transaction, _ in
            let old: SystemSetting? =
                try await transaction.execute(SettingStore.lock(key: request.key)).decodeFirst()
            guard let old else { throw RPCError.notFound("setting") }
            guard request.expectedVersion == nil || request.expectedVersion == old.version
            else { throw RPCError.versionConflict }
            let new: SystemSetting? =
                try await transaction.execute(
                    SettingStore.put(key: request.key, value: value, by: caller.userID)
                ).decodeFirst()
            guard let new else { throw RPCError.notFound("setting") }
            return (new, AuditFact.settingChanged(from: old, to: new))
        }
    }
}
