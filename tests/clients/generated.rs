//! A typed client that GraphQL Code Generator makes from the schema in `schema/`.

use std::path::PathBuf;

use serde_json::json;

use super::{Node, Served, tests};

/// Where the client is made: below the packages, so that it finds them.
fn folder() -> PathBuf {
    let folder = tests().join("node_modules/.cache/postern-client");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for the client");
    folder
}

#[tokio::test]
async fn a_generated_typescript_client_compiles_and_asks() {
    let Some(node) = Node::find() else { return };
    let folder = folder();
    let clients = tests().join("clients");
    let write = |name: &str, text: String| {
        std::fs::write(folder.join(name), text).expect("a file of the client can be written");
        folder.join(name).display().to_string()
    };
    let file = |name: &str| folder.join(name).display().to_string();
    let config = json!({
        "schema": tests().with_file_name("schema").join("gateway.graphql"),
        "documents": [clients.join("client.graphql")],
        "config": { "useTypeImports": true, "strictScalars": true, "scalars": scalars() },
        "generates": {
            file("schema.ts"): { "plugins": ["typescript"] },
            file("generated.ts"): { "plugins": ["typescript-operations", "typed-document-node"] },
        },
    });
    let config = write("codegen.json", config.to_string());
    // It finds its plugins from where it is run.
    node.tool(
        &tests(),
        "@graphql-codegen/cli/cjs/bin.js",
        &["--config", &config, "--silent"],
    );
    let client = std::fs::read_to_string(clients.join("client.ts")).expect("the client is there");
    write("client.ts", client);
    write("package.json", json!({ "type": "module" }).to_string());
    let project = json!({
        "compilerOptions": {
            "strict": true,
            "noUncheckedIndexedAccess": true,
            "exactOptionalPropertyTypes": true,
            "target": "es2022",
            "lib": ["es2022", "dom"],
            "module": "nodenext",
            "types": [],
            "outDir": "built",
        },
        "files": ["client.ts", "generated.ts", "schema.ts"],
    });
    let project = write("tsconfig.json", project.to_string());
    node.tool(&folder, "typescript/bin/tsc", &["--project", &project]);
    let served = Served::start().await;
    let said = node.run(
        &folder,
        &folder.join("built/client.js"),
        &[&served.url(), &served.token],
    );
    let said: serde_json::Value = serde_json::from_str(&said).expect("the client prints JSON");
    assert_eq!(said["account"], "Acme");
    assert_eq!(said["emails"].as_array().map(Vec::len), Some(3), "{said}");
}

/// How the scalars of the schema look in JSON.
fn scalars() -> serde_json::Value {
    json!({ "BigInt": "string", "DateTime": "string", "EmailAddress": "string" })
}
