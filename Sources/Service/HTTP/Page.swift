/// The page that plays a reel: files that are part of the program.
enum Page {
    /// The file at `/`, which has no other address.
    static let start = "index.html"
    static let files: [Substring: [UInt8]] = [
        "index.html": PackageResources.index_html, "page.css": PackageResources.page_css,
        "page.js": PackageResources.page_js, "pane.js": PackageResources.pane_js, "views.js": PackageResources.views_js,
        "events.js": PackageResources.events_js, "player.js": PackageResources.player_js,
        "media.js": PackageResources.media_js,
    ]
}
