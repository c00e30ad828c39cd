import Testing

/// One after the other: most of these tests look at the server's sessions or at the clock.
@Suite("Postgres", .serialized)
enum PostgresTests {}
