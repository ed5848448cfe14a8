//! `cargo xtask soak`: the program of `benches/soak`.

use crate::{
    external_tool::SOAK,
    shell::{Shell, run},
    workspace::Workspace,
};

/// Builds the soak program and runs it with these arguments. Together with the workspace: another selection of packages has
/// other features, and builds the dependencies again.
pub(crate) fn run_with(shell: &Shell, arguments: &[String]) -> Result<(), String> {
    let workspace = Workspace::load(shell)?;
    run(&mut shell.cargo(&["test", "--workspace", "--no-run", "--test", SOAK.name]))?;
    let program = workspace.target.join("debug").join(SOAK.name);
    let mut command = shell.program(&program.to_string_lossy(), &[]);
    for redis in SOAK.programs {
        let path = redis.path().ok_or_else(|| format!("`{}` is missing: apt-get install {0}", redis.debian))?;
        command.env(redis.variable, path);
    }
    run(command.args(arguments))
}
