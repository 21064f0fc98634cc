# Evidence script for Windows. It only asks and prints: it changes nothing, installs nothing and writes no file of its own.
# Run it and bring back all that it prints:
#   powershell -NoProfile -ExecutionPolicy Bypass -File THIS.ps1 > HOSTNAME.ans
# Without an administrator's rights the questions that need them are marked in the answer, all others are answered.
if ($PSVersionTable.PSVersion.Major -lt 3) { 'PowerShell 3.0 or later is needed.'; exit 1 }
$ErrorActionPreference = 'Stop'
$ProgressPreference = 'SilentlyContinue'
$T = '@TOKEN@'
$full = "$($ExecutionContext.SessionState.LanguageMode)" -eq 'FullLanguage'
$admin = [bool]((whoami.exe /groups) -match 'S-1-16-12288|S-1-16-16384')

# What every question has at hand, in its own runspace.
$helpers = {
  $ErrorActionPreference = 'Stop'
  $ProgressPreference = 'SilentlyContinue'
  $WarningPreference = 'SilentlyContinue'
  $found = [ordered]@{}
  $failed = [ordered]@{}
  function Rows {
    param($Items, [string[]]$Names)
    foreach ($item in @($Items)) {
      if ($null -eq $item) { continue }
      $row = [ordered]@{}
      foreach ($name in $Names) {
        $value = $item.$name
        if ($null -eq $value) { $row[$name] = $null }
        elseif ($value -is [array]) { $row[$name] = @($value | ForEach-Object { [string]$_ }) }
        else { $row[$name] = [string]$value }
      }
      [pscustomobject]$row
    }
  }
  function Look {
    param([string]$Name, [scriptblock]$Block)
    try { $found[$Name] = @(& $Block) }
    catch { $found[$Name] = $null; $failed[$Name] = [string]$_.FullyQualifiedErrorId + ': ' + [string]$_.Exception.Message }
  }
}
$closing = { ConvertTo-Json -InputObject ([ordered]@{ found = $found; failed = $failed }) -Depth 6 -Compress }

# Lines of at most 71 ASCII characters: no code page, console width or mail program can change them.
function Emit {
  param([string]$Text)
  foreach ($line in ($Text -split "`n")) {
    $line = [regex]::Replace($line.TrimEnd("`r"), '[^\x20-\x7e]', { param($m) '\u{0:x4}' -f [int][char]$m.Value })
    $mark = '|'
    $at = 0
    do {
      $length = [Math]::Min(70, $line.Length - $at)
      $mark + $line.Substring($at, $length)
      $mark = '+'
      $at += $length
    } while ($at -lt $line.Length)
  }
}

function Hide {
  param([string]$Text)
  $Text = $Text -replace '(://[^/\s:@"]+:)[^/\s@"]+@', '$1[masked]@'
  $Text -replace '(?i)((?:password|passwd|passphrase|secret|api_?key|auth_?token|community|psk)\s*[=:]\s*)[^\s",;}\\]+', '$1[masked]'
}

function Put {
  param([int]$Number, [int]$Seconds, [int]$Limit, [bool]$Root, [scriptblock]$Block)
  Emit ''
  if ($Root -and -not $admin) { Emit "$T P $Number"; return }
  Emit "$T B $Number"
  $code = 0
  $text = ''
  try {
    if ($full) {
      $shell = [powershell]::Create()
      [void]$shell.AddScript("$helpers`n`$null = . {`n$Block`n}`n$closing")
      $task = $shell.BeginInvoke()
      if ($task.AsyncWaitHandle.WaitOne($Seconds * 1000)) {
        $text = [string]::Join("`n", @($shell.EndInvoke($task) | ForEach-Object { [string]$_ }))
        $shell.Dispose()
      }
      else {
        $code = 124
        [void]$shell.BeginStop($null, $null)
      }
    }
    else {
      . $helpers
      $null = . $Block
      $text = [string](. $closing)
    }
  }
  catch {
    $code = 1
    $text = [string]$_.Exception.Message
  }
  $text = Hide $text
  if ($text.Length -gt $Limit) { $text = $text.Substring(0, $Limit) }
  Emit $text
  Emit ''
  Emit "$T R $Number $code"
  Emit ''
  Emit "$T E $Number"
}

Emit '@HEAD@'
Emit "HOST $env:COMPUTERNAME"
Emit ''
Emit ("$T H 1 {0} {1}" -f $(if ($admin) { 0 } else { 1 }), [int64]((Get-Date).ToUniversalTime() - [datetime]'1970-01-01').TotalSeconds)
