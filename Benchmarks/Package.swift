// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that whoever uses Sizzle builds nothing of it. `scripts/bench micro` runs it.
let package = Package(
    name: "SizzleBenchmarks",
    dependencies: [.package(name: "sizzle", path: "..")],
    targets: [
        .executableTarget(
            name: "SizzleBenchmarks", dependencies: [.product(name: "Sizzle", package: "sizzle")],
            swiftSettings: [
                .swiftLanguageMode(.v6), .enableUpcomingFeature("ExistentialAny"),
                .enableUpcomingFeature("MemberImportVisibility"), .enableUpcomingFeature("InternalImportsByDefault"),
            ])
    ]
)
