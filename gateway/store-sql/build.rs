//! Rebuilds when a migration changes: `migrate!` embeds the folders, and cargo does not look into them by itself.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
